/* Dynamic values: what they are, objects with named properties, classes, exceptions. */

static const oast_text *as_text(oast_value value) { return OAST_TEXT(OAST_POINTER(value)); }

static const char *type_name(oast_value value) {
    if (OAST_IS_NUMBER(value)) return "number";
    if (value == OAST_NULL) return "object";
    if (value == OAST_FALSE || value == OAST_TRUE) return "boolean";
    switch (OAST_TAG(value)) {
    case OAST_TEXT_TAG: return "string";
    case OAST_FUNCTION_TAG:
    case OAST_CLASS_TAG: return "function";
    case OAST_ARRAY_TAG:
    case OAST_OBJECT_TAG: return "object";
    default: return "undefined";
    }
}

/* What a value is, in a message. */
static const char *description(oast_value value) {
    if (value == OAST_NULL) return "null";
    if (value == OAST_UNDEFINED) return "undefined";
    if (OAST_IS_NUMBER(value)) return "a number";
    switch (OAST_TAG(value)) {
    case OAST_TEXT_TAG: return "a string";
    case OAST_FUNCTION_TAG: return "a function";
    case OAST_CLASS_TAG: return "a class";
    case OAST_ARRAY_TAG: return "an array";
    case OAST_OBJECT_TAG: return "an object";
    default: return "a boolean";
    }
}

static _Noreturn void fail_wrong(oast_value value, const char *wanted, OAST_SITE) {
    char message[96];
    snprintf(message, sizeof message, "the value is %s, not %s", description(value), wanted);
    fail_at(module, line_of(module, item, expr), message);
}

void oast_not_a_number(oast_value value, OAST_SITE) { fail_wrong(value, "a number", module, item, expr); }
void oast_not_a_bool(oast_value value, OAST_SITE) { fail_wrong(value, "a boolean", module, item, expr); }
void oast_not_a_text(oast_value value, OAST_SITE) { fail_wrong(value, "a string", module, item, expr); }
void oast_not_an_array(oast_value value, OAST_SITE) { fail_wrong(value, "an array", module, item, expr); }

oast_value oast_dynamic_type(oast_value value) {
    const char *name = type_name(value);
    return text_of(name, strlen(name));
}

oast_value oast_dynamic_equal(oast_value a, oast_value b) {
    if (OAST_IS_NUMBER(a) && OAST_IS_NUMBER(b)) return oast_dynamic_number(a) == oast_dynamic_number(b);
    if (a == b) return 1;
    if (OAST_TAG(a) != OAST_TEXT_TAG || OAST_TAG(b) != OAST_TEXT_TAG) return 0;
    if (OAST_IS_NUMBER(a) || OAST_IS_NUMBER(b)) return 0;
    return oast_text_equal(OAST_POINTER(a), OAST_POINTER(b));
}

static size_t hash(const char *data, size_t bytes) {
    uint64_t value = 14695981039346656037u;
    for (size_t n = 0; n < bytes; n++) value = (value ^ (unsigned char)data[n]) * 1099511628211u;
    return (size_t)(value ^ value >> 32);
}

/* Nothing is moved, so what is shared is known by its address. */
oast_value oast_dynamic_hash(oast_value value) {
    uint64_t bits = value;
    if (OAST_IS_NUMBER(value)) {
        double number = oast_dynamic_number(value);
        bits = number != number || number == 0 ? 0 : (uint64_t)oast_bits(number);
    } else if (OAST_TAG(value) == OAST_TEXT_TAG) {
        return (oast_value)(hash(as_text(value)->data, (size_t)as_text(value)->bytes) & 0x7FFFFFFF);
    }
    bits = (bits ^ bits >> 32) * 0x9E3779B97F4A7C15u;
    return (oast_value)(bits >> 33);
}

oast_value oast_dynamic_truth(oast_value value) {
    if (OAST_IS_NUMBER(value)) {
        double number = oast_dynamic_number(value);
        return number == number && number != 0;
    }
    if (OAST_TAG(value) == OAST_TEXT_TAG) return as_text(value)->bytes != 0;
    return value != OAST_UNDEFINED && value != OAST_NULL && value != OAST_FALSE;
}

/* Names of properties: each text once, never freed. */

static oast_text **names;
static size_t name_count, name_capacity;

static oast_text **name_slot(const char *data, size_t bytes) {
    for (size_t at = hash(data, bytes);; at++) {
        oast_text **slot = &names[at & (name_capacity - 1)];
        if (*slot == NULL) return slot;
        if ((size_t)(*slot)->bytes == bytes && memcmp((*slot)->data, data, bytes) == 0) return slot;
    }
}

static const oast_text *name_of(const char *data, size_t bytes) {
    if (name_count * 2 >= name_capacity) {
        oast_text **old = names;
        size_t before = name_capacity;
        name_capacity = before == 0 ? 256 : before * 2;
        names = calloc(name_capacity, sizeof *names);
        if (names == NULL) out_of_memory();
        for (size_t n = 0; n < before; n++) {
            if (old[n] != NULL) *name_slot(old[n]->data, (size_t)old[n]->bytes) = old[n];
        }
        free(old);
    }
    oast_text **slot = name_slot(data, bytes);
    if (*slot == NULL) {
        oast_text *text = malloc(sizeof *text + bytes + 1);
        if (text == NULL) out_of_memory();
        text->bytes = (int64_t)bytes;
        text->scalars = -1;
        memcpy(text->data, data, bytes);
        text->data[bytes] = 0;
        *slot = text;
        name_count++;
    }
    return *slot;
}

static const oast_text *name_at(oast_property *property) {
    if (property->key == NULL) property->key = name_of(property->name, property->bytes);
    return property->key;
}

/* Shapes: which properties an object has, in which order. Objects that were made alike share theirs. */

struct oast_shape {
    const oast_text *name; /* of the last property; NULL at the root */
    oast_shape *parent;
    oast_shape *child, *sibling;
    oast_class *class;
    uint32_t count;
};

static oast_shape *shape_new(oast_shape *parent, const oast_text *name) {
    oast_shape *shape = calloc(1, sizeof *shape);
    if (shape == NULL) out_of_memory();
    shape->name = name;
    shape->parent = parent;
    if (parent != NULL) {
        shape->class = parent->class;
        shape->count = parent->count + 1;
        shape->sibling = parent->child;
        parent->child = shape;
    }
    return shape;
}

static int64_t index_in(const oast_shape *shape, const oast_text *name) {
    for (; shape->count > 0; shape = shape->parent) {
        if (shape->name == name) return shape->count - 1;
    }
    return -1;
}

static oast_shape *shape_with(oast_shape *shape, const oast_text *name) {
    for (oast_shape *it = shape->child; it != NULL; it = it->sibling) {
        if (it->name == name) return it;
    }
    return shape_new(shape, name);
}

static void property_add(oast_dynamic *object, oast_shape *shape, oast_value value) {
    if (object->shape->count == object->capacity) {
        uint32_t capacity = object->capacity * 2 + 2;
        oast_value *grown = oast_allocate(capacity * sizeof(oast_value));
        memset(grown, 0, capacity * sizeof(oast_value));
        if (object->capacity > 0) memcpy(grown, object->values, object->capacity * sizeof(oast_value));
        object->values = grown;
        object->capacity = capacity;
    }
    object->values[object->shape->count] = value;
    object->shape = shape;
}

static oast_shape *plain_shape(void) {
    static oast_shape *root;
    if (root == NULL) root = shape_new(NULL, NULL);
    return root;
}

oast_value oast_object_new_of(oast_value class) {
    oast_dynamic *object = oast_allocate(sizeof(oast_dynamic));
    object->shape = OAST_TAG(class) == OAST_CLASS_TAG ? OAST_CLASS(class)->root : plain_shape();
    object->capacity = 0;
    object->values = NULL;
    return OAST_TAGGED(object, OAST_OBJECT_TAG);
}

/* Classes live as long as the program; the collector must not miss what they hold. */
oast_value oast_class_new(oast_value name, oast_value parent, oast_value methods) {
    oast_class *class = calloc(1, sizeof *class);
    if (class == NULL) out_of_memory();
    class->name = name_of(OAST_TEXT(name)->data, (size_t)OAST_TEXT(name)->bytes);
    class->parent = OAST_TAG(parent) == OAST_CLASS_TAG ? OAST_CLASS(parent) : NULL;
    class->methods = OAST_DYNAMIC(methods);
    class->has_accessors = class->parent != NULL && class->parent->has_accessors;
    for (const oast_shape *it = class->methods->shape; it->count > 0; it = it->parent) {
        if (strncmp(it->name->data, "get ", 4) == 0) class->has_accessors = 1;
        if (strncmp(it->name->data, "set ", 4) == 0) class->has_accessors = 1;
    }
    class->root = shape_new(NULL, NULL);
    class->root->class = class;
    class->kept.value = methods & ~(oast_value)7;
    class->kept.next = forced;
    forced = &class->kept;
    return OAST_TAGGED(class, OAST_CLASS_TAG);
}

oast_value oast_instance_of(oast_value value, oast_value class) {
    if (OAST_IS_NUMBER(value) || OAST_TAG(value) != OAST_OBJECT_TAG) return 0;
    if (OAST_IS_NUMBER(class) || OAST_TAG(class) != OAST_CLASS_TAG) return 0;
    const oast_class *it = OAST_DYNAMIC(value)->shape->class;
    while (it != NULL && it != OAST_CLASS(class)) it = it->parent;
    return it != NULL;
}

/* The method of a class or of one that it extends, or undefined. */
static oast_value method_of(const oast_class *class, const oast_text *name) {
    for (; class != NULL; class = class->parent) {
        int64_t index = index_in(class->methods->shape, name);
        if (index >= 0) return class->methods->values[index];
    }
    return OAST_UNDEFINED;
}

/* The getter (`get x`) or setter (`set x`) of a class for a property, or undefined. */
static oast_value accessor_of(const oast_class *class, const char *word, const oast_text *name) {
    if (class == NULL || !class->has_accessors) return OAST_UNDEFINED;
    size_t bytes = (size_t)name->bytes + 4;
    char *whole = malloc(bytes);
    if (whole == NULL) out_of_memory();
    memcpy(whole, word, 4);
    memcpy(whole + 4, name->data, (size_t)name->bytes);
    const oast_text *key = name_of(whole, bytes);
    free(whole);
    return method_of(class, key);
}

static int is_array_index(oast_value key, int64_t length, int64_t *index) {
    if (!OAST_IS_NUMBER(key)) return 0;
    double number = oast_dynamic_number(key);
    if (!(number >= 0 && number < (double)length)) return 0;
    *index = (int64_t)number;
    return (double)*index == number;
}

static oast_value property_of(oast_value base, const oast_text *name, OAST_SITE) {
    if (!OAST_IS_NUMBER(base)) {
        if (base == OAST_UNDEFINED || base == OAST_NULL) {
            char message[160];
            snprintf(message, sizeof message, "`%.80s` is read of what is %s", name->data, description(base));
            fail_at(module, line_of(module, item, expr), message);
        }
        if (OAST_TAG(base) == OAST_OBJECT_TAG) {
            const oast_dynamic *object = OAST_DYNAMIC(base);
            int64_t index = index_in(object->shape, name);
            if (index >= 0) return object->values[index];
            oast_value method = method_of(object->shape->class, name);
            if (method == OAST_UNDEFINED) {
                method = accessor_of(object->shape->class, "get ", name);
                if (method == OAST_UNDEFINED) return OAST_UNDEFINED;
                return oast_apply(OAST_POINTER(method), 1, &base);
            }
            return OAST_TAGGED(oast_apply(OAST_POINTER(method), 1, &base), OAST_FUNCTION_TAG);
        }
        if (strcmp(name->data, "length") == 0) {
            if (OAST_TAG(base) == OAST_ARRAY_TAG) {
                return oast_float_to_dynamic(oast_bits((double)OAST_ARRAY(OAST_POINTER(base))->length));
            }
            if (OAST_TAG(base) == OAST_TEXT_TAG) {
                return oast_float_to_dynamic(oast_bits((double)oast_text_length(OAST_POINTER(base))));
            }
        }
        if (OAST_TAG(base) == OAST_CLASS_TAG && strcmp(name->data, "name") == 0) {
            return OAST_TAGGED(OAST_CLASS(base)->name, OAST_TEXT_TAG);
        }
        if (OAST_TAG(base) == OAST_CLASS_TAG) return method_of(OAST_CLASS(base), name);
    }
    return OAST_UNDEFINED;
}

oast_value oast_property_find(oast_value base, oast_property *property, OAST_SITE) {
    const oast_text *name = name_at(property);
    if (!OAST_IS_NUMBER(base) && OAST_TAG(base) == OAST_OBJECT_TAG) {
        const oast_dynamic *object = OAST_DYNAMIC(base);
        int64_t index = index_in(object->shape, name);
        if (index >= 0) {
            property->shape = object->shape;
            property->index = (uint32_t)index;
            return object->values[index];
        }
    }
    return property_of(base, name, module, item, expr);
}

oast_value oast_property_get(oast_value base, oast_value name, OAST_SITE) {
    const oast_text *text = OAST_TEXT(name);
    return property_of(base, name_of(text->data, (size_t)text->bytes), module, item, expr);
}

static void property_put(oast_value base, const oast_text *name, oast_value value, OAST_SITE) {
    if (OAST_IS_NUMBER(base) || OAST_TAG(base) != OAST_OBJECT_TAG) {
        fail_wrong(base, "an object", module, item, expr);
    }
    oast_dynamic *object = OAST_DYNAMIC(base);
    int64_t index = index_in(object->shape, name);
    if (index >= 0) {
        object->values[index] = value;
        return;
    }
    oast_value setter = accessor_of(object->shape->class, "set ", name);
    if (setter != OAST_UNDEFINED) {
        oast_value arguments[] = {base, value};
        (void)oast_apply(OAST_POINTER(setter), 2, arguments);
        return;
    }
    property_add(object, shape_with(object->shape, name), value);
}

void oast_property_put(oast_value base, oast_property *property, oast_value value, OAST_SITE) {
    const oast_text *name = name_at(property);
    property_put(base, name, value, module, item, expr);
    oast_dynamic *object = OAST_DYNAMIC(base);
    int64_t index = index_in(object->shape, name);
    if (index < 0) return;
    property->shape = object->shape;
    property->index = (uint32_t)index;
}

void oast_property_set(oast_value base, oast_value name, oast_value value, OAST_SITE) {
    const oast_text *text = OAST_TEXT(name);
    property_put(base, name_of(text->data, (size_t)text->bytes), value, module, item, expr);
}

oast_value oast_property_has(oast_value base, oast_value name) {
    if (OAST_IS_NUMBER(base) || OAST_TAG(base) != OAST_OBJECT_TAG) return 0;
    const oast_text *text = name_of(OAST_TEXT(name)->data, (size_t)OAST_TEXT(name)->bytes);
    const oast_dynamic *object = OAST_DYNAMIC(base);
    if (index_in(object->shape, text) >= 0) return 1;
    const oast_class *class = object->shape->class;
    return method_of(class, text) != OAST_UNDEFINED || accessor_of(class, "get ", text) != OAST_UNDEFINED;
}

static oast_value undefined_array(int64_t length) {
    oast_value array = oast_array_new(0, NULL);
    oast_array_resize(array, length);
    return array;
}

/* The index that a text such as `for … in` yields denotes, as a number; else the text. */
static oast_value key_of(oast_value key) {
    if (OAST_IS_NUMBER(key) || OAST_TAG(key) != OAST_TEXT_TAG) return key;
    const oast_text *text = as_text(key);
    if (text->bytes == 0 || text->bytes > 15 || (text->data[0] == '0' && text->bytes > 1)) return key;
    double number = 0;
    for (int64_t n = 0; n < text->bytes; n++) {
        if (text->data[n] < '0' || text->data[n] > '9') return key;
        number = number * 10 + (text->data[n] - '0');
    }
    return oast_float_to_dynamic(oast_bits(number));
}

static int by_index(const void *left, const void *right) {
    double a = oast_dynamic_number(key_of(*(const oast_value *)left));
    double b = oast_dynamic_number(key_of(*(const oast_value *)right));
    return (a > b) - (a < b);
}

/* Names as ECMAScript orders them: those that are indices come first. */
static void order_names(oast_value *names, int64_t length) {
    int64_t indices = 0;
    for (int64_t n = 0; n < length; n++) indices += OAST_IS_NUMBER(key_of(names[n])) != 0;
    if (indices == 0) return;
    oast_value *others = malloc((size_t)length * sizeof *others);
    if (others == NULL) out_of_memory();
    int64_t found = 0, other = 0;
    for (int64_t n = 0; n < length; n++) {
        if (OAST_IS_NUMBER(key_of(names[n]))) {
            names[found++] = names[n];
        } else {
            others[other++] = names[n];
        }
    }
    memcpy(names + found, others, (size_t)other * sizeof *others);
    free(others);
    qsort(names, (size_t)found, sizeof *names, by_index);
}

oast_value oast_property_names(oast_value base) {
    int64_t length = 0;
    if (OAST_IS_NUMBER(base)) return undefined_array(0);
    if (OAST_TAG(base) == OAST_OBJECT_TAG) {
        const oast_shape *shape = OAST_DYNAMIC(base)->shape;
        oast_value array = undefined_array(shape->count);
        oast_value *elements = (oast_value *)(intptr_t)OAST_ARRAY(array)->elements;
        for (; shape->count > 0; shape = shape->parent) {
            elements[shape->count - 1] = OAST_TAGGED(shape->name, OAST_TEXT_TAG);
        }
        order_names(elements, OAST_ARRAY(array)->length);
        return array;
    }
    if (OAST_TAG(base) == OAST_ARRAY_TAG) length = OAST_ARRAY(OAST_POINTER(base))->length;
    if (OAST_TAG(base) == OAST_TEXT_TAG) length = oast_text_length(OAST_POINTER(base));
    oast_value array = undefined_array(length);
    for (int64_t n = 0; n < length; n++) {
        ((oast_value *)(intptr_t)OAST_ARRAY(array)->elements)[n] =
            OAST_TAGGED(oast_int_to_text(n), OAST_TEXT_TAG);
    }
    return array;
}

void oast_array_resize(oast_value value, int64_t length) {
    oast_array *array = OAST_ARRAY(value);
    if (length < 0) length = 0;
    if (length > array->capacity) {
        int64_t capacity = length > array->capacity * 2 ? length : array->capacity * 2;
        if ((uint64_t)capacity > (uint64_t)1 << 40) out_of_memory();
        oast_value *storage = oast_allocate((size_t)capacity * sizeof(oast_value));
        memset(storage, 0, (size_t)capacity * sizeof(oast_value));
        memcpy(storage, (oast_value *)(intptr_t)array->elements, (size_t)array->length * sizeof(oast_value));
        array->capacity = capacity;
        array->elements = OAST_VALUE(storage);
    }
    oast_value *elements = (oast_value *)(intptr_t)array->elements;
    int64_t from = length < array->length ? length : array->length;
    int64_t to = length < array->length ? array->length : length;
    for (int64_t n = from; n < to; n++) elements[n] = OAST_UNDEFINED;
    array->length = length;
}

oast_value oast_element_get(oast_value base, oast_value key, OAST_SITE) {
    int64_t index;
    if (!OAST_IS_NUMBER(base)) {
        if (OAST_TAG(base) == OAST_ARRAY_TAG) {
            const oast_array *array = OAST_ARRAY(OAST_POINTER(base));
            if (OAST_IS_NUMBER(key) || OAST_IS_NUMBER(key = key_of(key))) {
                if (!is_array_index(key, array->length, &index)) return OAST_UNDEFINED;
                return ((const oast_value *)(intptr_t)array->elements)[index];
            }
        } else if (OAST_TAG(base) == OAST_TEXT_TAG) {
            oast_value text = OAST_POINTER(base);
            if (OAST_IS_NUMBER(key) || OAST_IS_NUMBER(key = key_of(key))) {
                if (!is_array_index(key, oast_text_length(text), &index)) return OAST_UNDEFINED;
                return OAST_TAGGED(oast_text_slice(text, index, index + 1), OAST_TEXT_TAG);
            }
        }
    }
    return oast_property_get(base, oast_dynamic_string(key), module, item, expr);
}

void oast_element_set(oast_value base, oast_value key, oast_value value, OAST_SITE) {
    if (!OAST_IS_NUMBER(base) && OAST_TAG(base) == OAST_ARRAY_TAG) {
        oast_array *array = OAST_ARRAY(OAST_POINTER(base));
        int64_t index;
        key = key_of(key);
        if (!is_array_index(key, (int64_t)1 << 32, &index)) {
            fail_at(module, line_of(module, item, expr), "an array is written at what is no index");
        }
        if (index >= array->length) oast_array_resize(OAST_POINTER(base), index + 1);
        ((oast_value *)(intptr_t)array->elements)[index] = value;
        return;
    }
    oast_property_set(base, oast_dynamic_string(key), value, module, item, expr);
}

/* Calls. */

static oast_value call_with(oast_value function, uint32_t count, const oast_value *arguments) {
    enum { NEAR = 16 };
    uint32_t arity = OAST_CLOSURE(function)->arity;
    if (count >= arity) return call(function, arguments);
    oast_value near[NEAR], *all = near;
    if (arity > NEAR) all = oast_allocate(arity * sizeof(oast_value));
    if (count > 0) memcpy(all, arguments, count * sizeof(oast_value));
    for (uint32_t n = count; n < arity; n++) all[n] = OAST_UNDEFINED;
    return call(function, all);
}

oast_value oast_call(oast_value callee, uint32_t count, const oast_value *arguments, OAST_SITE) {
    if (OAST_IS_NUMBER(callee) || OAST_TAG(callee) != OAST_FUNCTION_TAG) {
        fail_wrong(callee, "a function", module, item, expr);
    }
    return call_with(OAST_POINTER(callee), count, arguments);
}

oast_value oast_method(oast_value base, oast_property *property, uint32_t count, oast_value *all, OAST_SITE) {
    const oast_text *name = name_at(property);
    if (!OAST_IS_NUMBER(base) && OAST_TAG(base) == OAST_OBJECT_TAG) {
        const oast_dynamic *object = OAST_DYNAMIC(base);
        oast_value method = property->method;
        if (property->shape != object->shape || method == OAST_UNDEFINED) {
            int64_t index = index_in(object->shape, name);
            if (index >= 0) return oast_call(object->values[index], count, all + 1, module, item, expr);
            method = method_of(object->shape->class, name);
            if (method != OAST_UNDEFINED) {
                property->shape = object->shape;
                property->method = method;
            }
        }
        if (method != OAST_UNDEFINED) {
            all[0] = base;
            return call_with(OAST_POINTER(method), count + 1, all);
        }
    }
    oast_value value = property_of(base, name, module, item, expr);
    return oast_call(value, count, all + 1, module, item, expr);
}

/* Exceptions. */

oast_handler *oast_handlers;

void oast_throw(oast_value value, OAST_SITE) {
    oast_handler *handler = oast_handlers;
    if (handler == NULL) {
        oast_value message = value;
        if (!OAST_IS_NUMBER(value) && OAST_TAG(value) == OAST_OBJECT_TAG) {
            const oast_dynamic *object = OAST_DYNAMIC(value);
            int64_t index = index_in(object->shape, name_of("message", 7));
            if (index >= 0) message = object->values[index];
        }
        const oast_text *text = OAST_TEXT(oast_dynamic_show(message));
        static const char before[] = "uncaught: ";
        size_t size = sizeof before + (size_t)text->bytes;
        char *line = malloc(size);
        if (line == NULL) out_of_memory();
        memcpy(line, before, sizeof before - 1);
        memcpy(line + sizeof before - 1, text->data, (size_t)text->bytes);
        line[size - 1] = 0;
        fail_at(module, line_of(module, item, expr), line);
    }
    oast_handlers = handler->outer;
    handler->thrown = value;
    longjmp(handler->jump, 1);
}

void oast_exit(oast_value status) {
    flush();
    _exit((int)(status & 255));
}

void oast_sleep(oast_value milliseconds) {
    double all = oast_number(milliseconds);
    if (!(all > 0)) return;
    if (all > 1e12) all = 1e12;
    struct timespec time;
    time.tv_sec = (time_t)(all / 1000);
    time.tv_nsec = (long)((all - (double)time.tv_sec * 1000) * 1e6);
    flush();
    while (nanosleep(&time, &time) != 0 && errno == EINTR) continue;
}
