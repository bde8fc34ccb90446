/* Dynamic values as texts, texts as numbers, and what else ECMAScript computes with them. */

/* A text that grows. It is found by the collector through the stack of whoever writes it. */
typedef struct {
    char *data;
    size_t size, capacity;
} writer;

static void put(writer *to, const char *data, size_t size) {
    if (to->size + size > to->capacity) {
        size_t capacity = (to->size + size) * 2 + 64;
        char *grown = allocate_plain(capacity);
        if (to->size > 0) memcpy(grown, to->data, to->size);
        to->data = grown;
        to->capacity = capacity;
    }
    memcpy(to->data + to->size, data, size);
    to->size += size;
}

static void put_line(writer *to, const char *text) { put(to, text, strlen(text)); }

static void put_text(writer *to, oast_value text) {
    put(to, OAST_TEXT(text)->data, (size_t)OAST_TEXT(text)->bytes);
}

static oast_value written(const writer *from) {
    oast_text *text = text_new(from->size, -1);
    if (from->size > 0) memcpy(text->data, from->data, from->size);
    return OAST_VALUE(text);
}

/* What is being written around a value, so that circles end. */
typedef struct trail {
    oast_value value;
    const struct trail *outer;
    int depth;
} trail;

static int is_around(const trail *at, oast_value value) {
    for (; at != NULL; at = at->outer) {
        if (at->value == value) return 1;
    }
    return 0;
}

/* Writes what is neither an array nor an object. */
static void put_simple(writer *to, oast_value value) {
    if (OAST_IS_NUMBER(value)) {
        put_text(to, oast_float_to_text(oast_bits(oast_dynamic_number(value))));
    } else if (value == OAST_UNDEFINED) {
        put_line(to, "undefined");
    } else if (value == OAST_NULL) {
        put_line(to, "null");
    } else if (value == OAST_TRUE || value == OAST_FALSE) {
        put_line(to, value == OAST_TRUE ? "true" : "false");
    } else if (OAST_TAG(value) == OAST_TEXT_TAG) {
        put_text(to, OAST_POINTER(value));
    } else if (OAST_TAG(value) == OAST_CLASS_TAG) {
        put_line(to, "[class ");
        put(to, OAST_CLASS(value)->name->data, (size_t)OAST_CLASS(value)->name->bytes);
        put_line(to, "]");
    } else {
        put_line(to, "[function]");
    }
}

static void show(writer *to, oast_value value, const trail *outer);

static void show_inner(writer *to, oast_value value, const trail *outer) {
    if (!OAST_IS_NUMBER(value) && OAST_TAG(value) == OAST_TEXT_TAG) {
        put_text(to, oast_text_quote(OAST_POINTER(value)));
    } else {
        show(to, value, outer);
    }
}

static void show_object(writer *to, oast_value value, const trail *at) {
    const oast_dynamic *object = OAST_DYNAMIC(value);
    oast_value shown = method_of(object->shape->class, name_of("$show", 5));
    if (shown != OAST_UNDEFINED) {
        put_text(to, OAST_POINTER(oast_apply(OAST_POINTER(shown), 1, &value)));
        return;
    }
    if (object->shape->class != NULL) {
        put(to, object->shape->class->name->data, (size_t)object->shape->class->name->bytes);
        put_line(to, " ");
    }
    oast_value names = oast_property_names(value);
    int64_t count = OAST_ARRAY(names)->length;
    put_line(to, count == 0 ? "{}" : "{ ");
    for (int64_t n = 0; n < count; n++) {
        oast_value name = ((const oast_value *)(intptr_t)OAST_ARRAY(names)->elements)[n];
        if (n > 0) put_line(to, ", ");
        put_text(to, OAST_POINTER(name));
        put_line(to, ": ");
        const oast_text *key = as_text(name);
        int64_t index = index_in(object->shape, name_of(key->data, (size_t)key->bytes));
        show_inner(to, object->values[index], at);
    }
    if (count > 0) put_line(to, " }");
}

static void show(writer *to, oast_value value, const trail *outer) {
    int is_array = !OAST_IS_NUMBER(value) && OAST_TAG(value) == OAST_ARRAY_TAG;
    int is_object = !OAST_IS_NUMBER(value) && OAST_TAG(value) == OAST_OBJECT_TAG;
    if (!is_array && !is_object) {
        put_simple(to, value);
        return;
    }
    trail at = {value, outer, outer == NULL ? 1 : outer->depth + 1};
    if (is_around(outer, value)) {
        put_line(to, "[circular]");
    } else if (at.depth > 100) {
        put_line(to, "...");
    } else if (is_object) {
        show_object(to, value, &at);
    } else {
        put_line(to, "[");
        const oast_array *array = OAST_ARRAY(OAST_POINTER(value));
        for (int64_t n = 0; n < array->length; n++) {
            if (n > 0) put_line(to, ", ");
            show_inner(to, ((const oast_value *)(intptr_t)array->elements)[n], &at);
        }
        put_line(to, "]");
    }
}

oast_value oast_dynamic_show(oast_value value) {
    if (!OAST_IS_NUMBER(value) && OAST_TAG(value) == OAST_TEXT_TAG) return OAST_POINTER(value);
    writer to = {NULL, 0, 0};
    show(&to, value, NULL);
    return written(&to);
}

static void put_string(writer *to, oast_value value, const trail *outer) {
    if (!OAST_IS_NUMBER(value) && OAST_TAG(value) == OAST_OBJECT_TAG) {
        put_line(to, "[object Object]");
    } else if (!OAST_IS_NUMBER(value) && OAST_TAG(value) == OAST_ARRAY_TAG) {
        trail at = {value, outer, outer == NULL ? 1 : outer->depth + 1};
        if (is_around(outer, value) || at.depth > 100) return;
        const oast_array *array = OAST_ARRAY(OAST_POINTER(value));
        for (int64_t n = 0; n < array->length; n++) {
            oast_value element = ((const oast_value *)(intptr_t)array->elements)[n];
            if (n > 0) put_line(to, ",");
            if (element != OAST_UNDEFINED && element != OAST_NULL) put_string(to, element, &at);
        }
    } else {
        put_simple(to, value);
    }
}

oast_value oast_dynamic_string(oast_value value) {
    if (!OAST_IS_NUMBER(value) && OAST_TAG(value) == OAST_TEXT_TAG) return OAST_POINTER(value);
    writer to = {NULL, 0, 0};
    put_string(&to, value, NULL);
    return written(&to);
}

/* Texts. */

/* The byte at which the scalar value with an index begins. */
static int64_t byte_at(oast_value value, int64_t index) {
    const oast_text *text = OAST_TEXT(value);
    if (index <= 0) return 0;
    if (index >= oast_text_length(value)) return text->bytes;
    if (text->scalars == text->bytes) return index;
    int64_t at = 0;
    for (; index > 0; index--) {
        do at++;
        while (at < text->bytes && (text->data[at] & 0xC0) == 0x80);
    }
    return at;
}

oast_value oast_text_slice(oast_value value, oast_value from, oast_value to) {
    int64_t start = byte_at(value, from), end = byte_at(value, to);
    if (end <= start) return text_of("", 0);
    oast_text *text = text_new((size_t)(end - start), -1);
    memcpy(text->data, OAST_TEXT(value)->data + start, (size_t)(end - start));
    return OAST_VALUE(text);
}

oast_value oast_text_code(oast_value value, oast_value index) {
    if (index < 0 || index >= oast_text_length(value)) return -1;
    const unsigned char *at = (const unsigned char *)OAST_TEXT(value)->data + byte_at(value, index);
    if (at[0] < 0x80) return at[0];
    if (at[0] < 0xE0) return (at[0] & 0x1F) << 6 | (at[1] & 0x3F);
    if (at[0] < 0xF0) return (at[0] & 0x0F) << 12 | (at[1] & 0x3F) << 6 | (at[2] & 0x3F);
    return (at[0] & 0x07) << 18 | (at[1] & 0x3F) << 12 | (at[2] & 0x3F) << 6 | (at[3] & 0x3F);
}

oast_value oast_text_of_code(oast_value code) {
    if (code < 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) code = 0xFFFD;
    char bytes[4];
    size_t count = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char first[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t n = count; n-- > 1; code >>= 6) bytes[n] = (char)(0x80 | (code & 0x3F));
    bytes[0] = (char)(first[count] | code);
    return text_of(bytes, count);
}

oast_value oast_text_find(oast_value value, oast_value wanted, oast_value from) {
    const oast_text *text = OAST_TEXT(value), *part = OAST_TEXT(wanted);
    int64_t start = byte_at(value, from);
    for (int64_t at = start; at + part->bytes <= text->bytes; at++) {
        if (memcmp(text->data + at, part->data, (size_t)part->bytes) != 0) continue;
        int64_t index = 0;
        for (int64_t n = 0; n < at; n++) index += (text->data[n] & 0xC0) != 0x80;
        return index;
    }
    return -1;
}

oast_value oast_text_less(oast_value left, oast_value right) {
    const oast_text *a = OAST_TEXT(left), *b = OAST_TEXT(right);
    int order = memcmp(a->data, b->data, (size_t)(a->bytes < b->bytes ? a->bytes : b->bytes));
    return order < 0 || (order == 0 && a->bytes < b->bytes);
}

static oast_value with_case(oast_value value, char first, char last) {
    const oast_text *from = OAST_TEXT(value);
    oast_text *text = text_new((size_t)from->bytes, from->scalars);
    for (int64_t n = 0; n < from->bytes; n++) {
        char c = from->data[n];
        text->data[n] = c >= first && c <= last ? (char)(c ^ 32) : c;
    }
    return OAST_VALUE(text);
}

oast_value oast_text_upper(oast_value value) { return with_case(value, 'a', 'z'); }
oast_value oast_text_lower(oast_value value) { return with_case(value, 'A', 'Z'); }

static double digits_in(const char *text, int base) {
    double number = 0;
    if (*text == 0) return NAN;
    for (; *text != 0; text++) {
        int c = *text >= 'a' ? *text - 'a' + 10 : *text >= 'A' ? *text - 'A' + 10 : *text - '0';
        if (c < 0 || c >= base) return NAN;
        number = number * base + c;
    }
    return number;
}

static double number_in(const char *text) {
    if (text[0] == '0' && (text[1] | 32) == 'x') return digits_in(text + 2, 16);
    if (text[0] == '0' && (text[1] | 32) == 'o') return digits_in(text + 2, 8);
    if (text[0] == '0' && (text[1] | 32) == 'b') return digits_in(text + 2, 2);
    const char *digits = *text == '+' || *text == '-' ? text + 1 : text;
    if (strcmp(digits, "Infinity") == 0) return *text == '-' ? -INFINITY : INFINITY;
    if (strspn(digits, "0123456789.eE+-") != strlen(digits)) return NAN;
    if (strcspn(digits, "0123456789") == strlen(digits)) return NAN;
    char *end;
    double number = strtod(text, &end);
    return *end == 0 ? number : NAN;
}

oast_value oast_text_to_float(oast_value value) {
    const oast_text *text = OAST_TEXT(value);
    const char *start = text->data, *end = start + text->bytes;
    while (start < end && strchr(" \t\n\r\v\f", *start) != NULL && *start != 0) start++;
    while (start < end && strchr(" \t\n\r\v\f", end[-1]) != NULL && end[-1] != 0) end--;
    if (start == end) return oast_bits(0);
    char *copy = allocate_plain((size_t)(end - start) + 1);
    memcpy(copy, start, (size_t)(end - start));
    copy[end - start] = 0;
    return oast_bits(memchr(copy, 0, (size_t)(end - start)) != NULL ? NAN : number_in(copy));
}

/* Floats. */

oast_value oast_float_to_int32(oast_value value) {
    double number = oast_number(value);
    if (!(number - number == 0)) return 0;
    number = fmod(trunc(number), 4294967296.0);
    int64_t bits = (int64_t)number & 0xFFFFFFFF;
    return bits >= 0x80000000 ? bits - 0x100000000 : bits;
}

oast_value oast_float_floor(oast_value a) { return oast_bits(floor(oast_number(a))); }
oast_value oast_float_square_root(oast_value a) { return oast_bits(sqrt(oast_number(a))); }

oast_value oast_float_power(oast_value a, oast_value b) {
    double base = oast_number(a), exponent = oast_number(b);
    if (exponent != exponent) return oast_bits(NAN);
    if (fabs(base) == 1 && fabs(exponent) > 1.7976931348623157e308) return oast_bits(NAN);
    return oast_bits(pow(base, exponent));
}
