/* What the generated C of a program needs at run time. */
#ifndef OAST_RUNTIME_H
#define OAST_RUNTIME_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

/* A program may recurse without end if it likes; the run-time error says so. */
#if defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 12)
#pragma GCC diagnostic ignored "-Winfinite-recursion"
#endif

/* A value of any type: an integer, the bits of a float, 0 or 1, or the address of what is below. A constructor without fields is
   an odd number. Unit is 0. */
typedef int64_t oast_value;

/* A record, a value of a variant type, an object, a cell. */
typedef struct {
    uint32_t tag;
    uint32_t count;
    oast_value fields[];
} oast_object;

typedef void (*oast_code)(void);

/* A function value. The code takes the closure, then `arity` arguments; if these are more than OAST_DIRECT, their address. */
typedef struct {
    uint32_t arity;
    uint32_t count;
    oast_code code;
    oast_value captures[];
} oast_closure;

#define OAST_DIRECT 4

typedef oast_value (*oast_code0)(oast_value);
typedef oast_value (*oast_code1)(oast_value, oast_value);
typedef oast_value (*oast_code2)(oast_value, oast_value, oast_value);
typedef oast_value (*oast_code3)(oast_value, oast_value, oast_value, oast_value);
typedef oast_value (*oast_code4)(oast_value, oast_value, oast_value, oast_value, oast_value);
typedef oast_value (*oast_code_n)(oast_value, const oast_value *);

/* A text in UTF-8. `scalars` is its length in scalar values, negative where nobody has counted yet. */
typedef struct {
    int64_t bytes;
    int64_t scalars;
    char data[];
} oast_text;

typedef struct {
    int64_t length;
    int64_t capacity;
    oast_value elements;
} oast_array;

/* A dynamic value is undefined, null, false, true, a number or an address. A number is the bits of the double plus OAST_NUMBERS,
   so that no address is one. The last three bits of an address say what is there. */
typedef struct oast_shape oast_shape;
typedef struct oast_class oast_class;

/* An object with named properties; the shape knows the names. */
typedef struct {
    oast_shape *shape;
    oast_value *values;
    uint32_t capacity;
} oast_dynamic;

/* A place in the code where a property of one name is read, set or called, and what was found there last. */
typedef struct {
    const char *name;
    uint32_t bytes;
    uint32_t index;
    const oast_text *key;
    const oast_shape *shape;
    oast_value method;
} oast_property;

/* A place to which what is thrown leads. */
typedef struct oast_handler {
    jmp_buf jump;
    struct oast_handler *outer;
    oast_value thrown;
} oast_handler;

extern oast_handler *oast_handlers;

#define OAST_NUMBERS ((uint64_t)1 << 49)
#define OAST_UNDEFINED ((oast_value)0)
#define OAST_NULL ((oast_value)8)
#define OAST_FALSE ((oast_value)16)
#define OAST_TRUE ((oast_value)24)
#define OAST_TEXT_TAG 1
#define OAST_ARRAY_TAG 2
#define OAST_FUNCTION_TAG 3
#define OAST_OBJECT_TAG 4
#define OAST_CLASS_TAG 5
#define OAST_IS_NUMBER(value) ((uint64_t)(value) >= OAST_NUMBERS)
#define OAST_TAG(value) ((value) & 7)
#define OAST_POINTER(value) ((value) & ~(oast_value)7)
#define OAST_TAGGED(pointer, tag) ((oast_value)(intptr_t)(pointer) | (tag))
#define OAST_DYNAMIC(value) ((oast_dynamic *)(intptr_t)OAST_POINTER(value))
#define OAST_CLASS(value) ((oast_class *)(intptr_t)OAST_POINTER(value))

/* Where the expressions of a module stand. For each item two numbers: the line of its name, and the index of its first run; then
   the number of all runs. A run is the first expression of several on one line, and that line. */
typedef struct {
    const char *source;
    const uint32_t *items;
    const uint32_t *runs;
} oast_positions;

#define OAST_SITE const oast_positions *module, uint32_t item, uint32_t expr

/* A constant, or a function as a value. */
typedef struct oast_global {
    int state;
    uint32_t item;
    oast_value value;
    const oast_closure *function;
    oast_value (*compute)(void);
    const char *name;
    const oast_positions *module;
    struct oast_global *next;
} oast_global;

#define OAST_READY 2

struct oast_class {
    const oast_text *name;
    oast_class *parent;
    oast_dynamic *methods;
    oast_shape *root;
    int has_accessors;
    oast_global kept;
};

#if defined(__GNUC__)
#define OAST_UNUSED __attribute__((unused))
#define OAST_COLD __attribute__((cold, noinline))
#define OAST_LIKELY(condition) __builtin_expect(!!(condition), 1)
/* Packages may be compiled one by one, each as if it were the program: the first of those that are linked begins. */
#define OAST_START __attribute__((weak))
#else
#define OAST_START
#define OAST_UNUSED
#define OAST_COLD
#define OAST_LIKELY(condition) (condition)
#endif

#define OAST_VALUE(pointer) ((oast_value)(intptr_t)(pointer))
#define OAST_OBJECT(value) ((oast_object *)(intptr_t)(value))
#define OAST_CLOSURE(value) ((oast_closure *)(intptr_t)(value))
#define OAST_TEXT(value) ((oast_text *)(intptr_t)(value))
#define OAST_ARRAY(value) ((oast_array *)(intptr_t)(value))

int oast_main(oast_value (*entry)(void));

_Noreturn OAST_COLD void oast_overflow(OAST_SITE);
_Noreturn OAST_COLD void oast_division_by_zero(OAST_SITE);
_Noreturn OAST_COLD void oast_out_of_bounds(int64_t index, int64_t length, OAST_SITE);
_Noreturn OAST_COLD void oast_no_integer(OAST_SITE);

/* Memory. */

#define OAST_SMALL 256

typedef struct {
    char *cursor;
    char *limit;
} oast_run;

extern oast_run oast_runs[OAST_SMALL / 16 + 1];
void *oast_allocate_slowly(size_t bytes);

static inline void *oast_allocate(size_t bytes) {
    if (bytes <= OAST_SMALL) {
        size_t rounded = (bytes + 15) & ~(size_t)15;
        oast_run *run = &oast_runs[rounded / 16];
        char *object = run->cursor;
        if (OAST_LIKELY(object != run->limit)) {
            run->cursor = object + rounded;
            return object;
        }
    }
    return oast_allocate_slowly(bytes);
}

static inline oast_object *oast_object_new(uint32_t tag, uint32_t count) {
    oast_object *object = oast_allocate(sizeof(oast_object) + count * sizeof(oast_value));
    object->tag = tag;
    object->count = count;
    return object;
}

static inline oast_value oast_new1(uint32_t tag, oast_value a) {
    oast_object *object = oast_object_new(tag, 1);
    object->fields[0] = a;
    return OAST_VALUE(object);
}

static inline oast_value oast_new2(uint32_t tag, oast_value a, oast_value b) {
    oast_object *object = oast_object_new(tag, 2);
    object->fields[0] = a;
    object->fields[1] = b;
    return OAST_VALUE(object);
}

static inline oast_value oast_new3(uint32_t tag, oast_value a, oast_value b, oast_value c) {
    oast_object *object = oast_object_new(tag, 3);
    object->fields[0] = a;
    object->fields[1] = b;
    object->fields[2] = c;
    return OAST_VALUE(object);
}

oast_value oast_new(uint32_t tag, uint32_t count, const oast_value *fields);

/* The value of a constructor without fields. */
#define OAST_BARE(tag) ((oast_value)(tag) * 2 + 1)

static inline oast_value oast_is_bare(oast_value value, uint32_t tag) {
    return value == OAST_BARE(tag);
}

static inline oast_value oast_is(oast_value value, uint32_t tag) {
    return (value & 1) == 0 && OAST_OBJECT(value)->tag == tag;
}

#define OAST_FIELD(value, index) (OAST_OBJECT(value)->fields[index])
#define OAST_CELL(value) OAST_FIELD(value, 0)

static inline oast_closure *oast_closure_new(uint32_t arity, oast_code code, uint32_t count) {
    oast_closure *closure = oast_allocate(sizeof(oast_closure) + count * sizeof(oast_value));
    closure->arity = arity;
    closure->count = count;
    closure->code = code;
    return closure;
}

/* Functions and constants. */

oast_value oast_force(oast_global *global);
oast_value oast_apply(oast_value function, uint32_t count, const oast_value *arguments);

static inline oast_value oast_get(oast_global *global) {
    return global->state == OAST_READY ? global->value : oast_force(global);
}

static inline oast_value oast_apply1(oast_value f, oast_value a) {
    if (OAST_LIKELY(OAST_CLOSURE(f)->arity == 1)) return ((oast_code1)OAST_CLOSURE(f)->code)(f, a);
    return oast_apply(f, 1, &a);
}

static inline oast_value oast_apply2(oast_value f, oast_value a, oast_value b) {
    if (OAST_LIKELY(OAST_CLOSURE(f)->arity == 2)) {
        return ((oast_code2)OAST_CLOSURE(f)->code)(f, a, b);
    }
    oast_value all[2] = {a, b};
    return oast_apply(f, 2, all);
}

/* Integers. */

#if defined(__GNUC__)
#define oast_add_overflows __builtin_add_overflow
#define oast_subtract_overflows __builtin_sub_overflow
#define oast_multiply_overflows __builtin_mul_overflow
#else
static inline int oast_add_overflows(int64_t a, int64_t b, int64_t *result) {
    if (b < 0 ? a < INT64_MIN - b : a > INT64_MAX - b) return 1;
    *result = a + b;
    return 0;
}

static inline int oast_subtract_overflows(int64_t a, int64_t b, int64_t *result) {
    if (b < 0 ? a > INT64_MAX + b : a < INT64_MIN + b) return 1;
    *result = a - b;
    return 0;
}

static inline int oast_multiply_overflows(int64_t a, int64_t b, int64_t *result) {
    if (a > 0 ? (b > 0 ? a > INT64_MAX / b : b < INT64_MIN / a)
              : (b > 0 ? a < INT64_MIN / b : a != 0 && b < INT64_MAX / a)) {
        return 1;
    }
    *result = a * b;
    return 0;
}
#endif

static inline oast_value oast_int_add(oast_value a, oast_value b, OAST_SITE) {
    int64_t result;
    if (oast_add_overflows(a, b, &result)) oast_overflow(module, item, expr);
    return result;
}

static inline oast_value oast_int_subtract(oast_value a, oast_value b, OAST_SITE) {
    int64_t result;
    if (oast_subtract_overflows(a, b, &result)) oast_overflow(module, item, expr);
    return result;
}

static inline oast_value oast_int_multiply(oast_value a, oast_value b, OAST_SITE) {
    int64_t result;
    if (oast_multiply_overflows(a, b, &result)) oast_overflow(module, item, expr);
    return result;
}

static inline oast_value oast_int_divide(oast_value a, oast_value b, OAST_SITE) {
    if (b == 0) oast_division_by_zero(module, item, expr);
    if (b == -1 && a == INT64_MIN) oast_overflow(module, item, expr);
    return a / b;
}

static inline oast_value oast_int_remainder(oast_value a, oast_value b, OAST_SITE) {
    if (b == 0) oast_division_by_zero(module, item, expr);
    return b == -1 ? 0 : a % b;
}

static inline oast_value oast_int_negate(oast_value a, OAST_SITE) {
    if (a == INT64_MIN) oast_overflow(module, item, expr);
    return -a;
}

static inline oast_value oast_int_wrapping_add(oast_value a, oast_value b) {
    return (oast_value)((uint64_t)a + (uint64_t)b);
}

static inline oast_value oast_int_wrapping_subtract(oast_value a, oast_value b) {
    return (oast_value)((uint64_t)a - (uint64_t)b);
}

static inline oast_value oast_int_wrapping_multiply(oast_value a, oast_value b) {
    return (oast_value)((uint64_t)a * (uint64_t)b);
}

static inline oast_value oast_int_less(oast_value a, oast_value b) { return a < b; }
static inline oast_value oast_int_less_equal(oast_value a, oast_value b) { return a <= b; }
static inline oast_value oast_int_equal(oast_value a, oast_value b) { return a == b; }

/* Floats. */

typedef union {
    double number;
    oast_value bits;
} oast_float;

static inline double oast_number(oast_value value) {
    oast_float it;
    it.bits = value;
    return it.number;
}

static inline oast_value oast_bits(double number) {
    oast_float it;
    it.number = number;
    return it.bits;
}

static inline oast_value oast_float_add(oast_value a, oast_value b) {
    return oast_bits(oast_number(a) + oast_number(b));
}

static inline oast_value oast_float_subtract(oast_value a, oast_value b) {
    return oast_bits(oast_number(a) - oast_number(b));
}

static inline oast_value oast_float_multiply(oast_value a, oast_value b) {
    return oast_bits(oast_number(a) * oast_number(b));
}

static inline oast_value oast_float_divide(oast_value a, oast_value b) {
    return oast_bits(oast_number(a) / oast_number(b));
}

static inline oast_value oast_float_negate(oast_value a) { return oast_bits(-oast_number(a)); }

static inline oast_value oast_float_less(oast_value a, oast_value b) {
    return oast_number(a) < oast_number(b);
}

static inline oast_value oast_float_less_equal(oast_value a, oast_value b) {
    return oast_number(a) <= oast_number(b);
}

static inline oast_value oast_float_equal(oast_value a, oast_value b) {
    return oast_number(a) == oast_number(b);
}

oast_value oast_float_remainder(oast_value a, oast_value b);

static inline oast_value oast_int_to_float(oast_value a) { return oast_bits((double)a); }

static inline oast_value oast_float_to_int(oast_value a, OAST_SITE) {
    double number = oast_number(a);
    if (!(number >= -9223372036854775808.0 && number < 9223372036854775808.0) ||
        (double)(oast_value)number != number) {
        oast_no_integer(module, item, expr);
    }
    return (oast_value)number;
}

/* Truth values. */

static inline oast_value oast_bool_not(oast_value a) { return !a; }
static inline oast_value oast_bool_and(oast_value a, oast_value b) { return a & b; }
static inline oast_value oast_bool_or(oast_value a, oast_value b) { return a | b; }

/* Texts. */

oast_value oast_text_append(oast_value a, oast_value b);
oast_value oast_text_length(oast_value a);
oast_value oast_text_equal(oast_value a, oast_value b);
oast_value oast_text_quote(oast_value a);
oast_value oast_int_to_text(oast_value a);
oast_value oast_bool_to_text(oast_value a);
oast_value oast_float_to_text(oast_value a);
void oast_write(oast_value text);

/* Arrays. */

oast_value oast_array_new(int64_t count, const oast_value *elements);
void oast_array_push(oast_value array, oast_value element);

static inline oast_value oast_array_length(oast_value array) { return OAST_ARRAY(array)->length; }

static inline oast_value *oast_array_at(oast_value array, oast_value index, OAST_SITE) {
    int64_t length = OAST_ARRAY(array)->length;
    if ((uint64_t)index >= (uint64_t)length) oast_out_of_bounds(index, length, module, item, expr);
    return (oast_value *)(intptr_t)OAST_ARRAY(array)->elements + index;
}

static inline oast_value oast_array_get(oast_value array, oast_value index, OAST_SITE) {
    return *oast_array_at(array, index, module, item, expr);
}

static inline void oast_array_set(oast_value array, oast_value index, oast_value element, OAST_SITE) {
    *oast_array_at(array, index, module, item, expr) = element;
}

/* More of integers, floats and texts. */

static inline oast_value oast_int_and(oast_value a, oast_value b) { return a & b; }
static inline oast_value oast_int_or(oast_value a, oast_value b) { return a | b; }
static inline oast_value oast_int_xor(oast_value a, oast_value b) { return a ^ b; }
oast_value oast_float_to_int32(oast_value a);
oast_value oast_float_floor(oast_value a);
oast_value oast_float_power(oast_value a, oast_value b);
oast_value oast_float_square_root(oast_value a);
oast_value oast_text_slice(oast_value text, oast_value from, oast_value to);
oast_value oast_text_find(oast_value text, oast_value wanted, oast_value from);
oast_value oast_text_code(oast_value text, oast_value index);
oast_value oast_text_of_code(oast_value code);
oast_value oast_dynamic_hash(oast_value value);
oast_value oast_text_less(oast_value a, oast_value b);
oast_value oast_text_upper(oast_value text);
oast_value oast_text_lower(oast_value text);
oast_value oast_text_to_float(oast_value text);
void oast_array_resize(oast_value array, oast_value length);
_Noreturn void oast_exit(oast_value status);
void oast_sleep(oast_value milliseconds);

/* Dynamic values. */

_Noreturn OAST_COLD void oast_not_a_number(oast_value value, OAST_SITE);
_Noreturn OAST_COLD void oast_not_a_bool(oast_value value, OAST_SITE);
_Noreturn OAST_COLD void oast_not_a_text(oast_value value, OAST_SITE);
_Noreturn OAST_COLD void oast_not_an_array(oast_value value, OAST_SITE);
_Noreturn OAST_COLD void oast_throw(oast_value value, OAST_SITE);
oast_value oast_dynamic_type(oast_value value);
oast_value oast_dynamic_equal(oast_value a, oast_value b);
oast_value oast_dynamic_truth(oast_value value);
oast_value oast_dynamic_show(oast_value value);
oast_value oast_dynamic_string(oast_value value);
oast_value oast_object_new_of(oast_value class);
oast_value oast_class_new(oast_value name, oast_value parent, oast_value methods);
oast_value oast_instance_of(oast_value value, oast_value class);
oast_value oast_property_find(oast_value base, oast_property *property, OAST_SITE);
void oast_property_put(oast_value base, oast_property *property, oast_value value, OAST_SITE);
oast_value oast_property_get(oast_value base, oast_value name, OAST_SITE);
void oast_property_set(oast_value base, oast_value name, oast_value value, OAST_SITE);
oast_value oast_property_has(oast_value base, oast_value name);
oast_value oast_property_names(oast_value base);
oast_value oast_element_get(oast_value base, oast_value key, OAST_SITE);
void oast_element_set(oast_value base, oast_value key, oast_value value, OAST_SITE);
oast_value oast_call(oast_value callee, uint32_t count, const oast_value *arguments, OAST_SITE);
/* `all` begins with room for the object, then the arguments, so many as `count` says. */
oast_value oast_method(oast_value base, oast_property *property, uint32_t count, oast_value *all, OAST_SITE);

static inline double oast_dynamic_number(oast_value value) {
    return oast_number((oast_value)((uint64_t)value - OAST_NUMBERS));
}

static inline oast_value oast_float_to_dynamic(oast_value a) {
    double number = oast_number(a);
    if (!OAST_LIKELY(number == number)) a = (oast_value)0x7FF8000000000000;
    return (oast_value)((uint64_t)a + OAST_NUMBERS);
}

static inline oast_value oast_bool_to_dynamic(oast_value a) { return a ? OAST_TRUE : OAST_FALSE; }
static inline oast_value oast_text_to_dynamic(oast_value a) { return a | OAST_TEXT_TAG; }
static inline oast_value oast_array_to_dynamic(oast_value a) { return a | OAST_ARRAY_TAG; }
static inline oast_value oast_function_to_dynamic(oast_value a) { return a | OAST_FUNCTION_TAG; }

static inline oast_value oast_dynamic_to_float(oast_value a, OAST_SITE) {
    if (!OAST_LIKELY(OAST_IS_NUMBER(a))) oast_not_a_number(a, module, item, expr);
    return (oast_value)((uint64_t)a - OAST_NUMBERS);
}

static inline oast_value oast_dynamic_to_bool(oast_value a, OAST_SITE) {
    if (a != OAST_TRUE && a != OAST_FALSE) oast_not_a_bool(a, module, item, expr);
    return a == OAST_TRUE;
}

static inline oast_value oast_dynamic_to_text(oast_value a, OAST_SITE) {
    if (OAST_IS_NUMBER(a) || OAST_TAG(a) != OAST_TEXT_TAG) oast_not_a_text(a, module, item, expr);
    return OAST_POINTER(a);
}

static inline oast_value oast_dynamic_is_array(oast_value a) {
    return !OAST_IS_NUMBER(a) && OAST_TAG(a) == OAST_ARRAY_TAG;
}

static inline oast_value oast_dynamic_to_array(oast_value a, OAST_SITE) {
    if (!OAST_LIKELY(oast_dynamic_is_array(a))) oast_not_an_array(a, module, item, expr);
    return OAST_POINTER(a);
}

/* The property of a name that the code knows. */
static inline oast_value oast_get_property(oast_value base, oast_property *property, OAST_SITE) {
    if (!OAST_IS_NUMBER(base) && OAST_TAG(base) == OAST_OBJECT_TAG) {
        const oast_dynamic *object = OAST_DYNAMIC(base);
        if (OAST_LIKELY(object->shape == property->shape)) return object->values[property->index];
    }
    return oast_property_find(base, property, module, item, expr);
}

static inline void oast_set_property(oast_value base, oast_property *property, oast_value value, OAST_SITE) {
    if (!OAST_IS_NUMBER(base) && OAST_TAG(base) == OAST_OBJECT_TAG) {
        oast_dynamic *object = OAST_DYNAMIC(base);
        if (OAST_LIKELY(object->shape == property->shape)) {
            object->values[property->index] = value;
            return;
        }
    }
    oast_property_put(base, property, value, module, item, expr);
}

#endif
