/* Functions, constants, arrays, texts. */

oast_value oast_new(uint32_t tag, uint32_t count, const oast_value *fields) {
    oast_object *object = oast_object_new(tag, count);
    memcpy(object->fields, fields, count * sizeof(oast_value));
    return OAST_VALUE(object);
}

oast_value oast_force(oast_global *global) {
    enum { COMPUTING = 1 };
    if (global->state == COMPUTING) fail_on_cycle(global);
    if (global->function != NULL) {
        global->value = OAST_VALUE(global->function);
    } else {
        global->state = COMPUTING;
        global->value = global->compute();
        global->next = forced;
        forced = global;
    }
    global->state = OAST_READY;
    return global->value;
}

/* Calls a function with exactly its arguments. */
static oast_value call(oast_value function, const oast_value *all) {
    const oast_closure *it = OAST_CLOSURE(function);
    switch (it->arity) {
    case 0: return ((oast_code0)it->code)(function);
    case 1: return ((oast_code1)it->code)(function, all[0]);
    case 2: return ((oast_code2)it->code)(function, all[0], all[1]);
    case 3: return ((oast_code3)it->code)(function, all[0], all[1], all[2]);
    case 4: return ((oast_code4)it->code)(function, all[0], all[1], all[2], all[3]);
    default: return ((oast_code_n)it->code)(function, all);
    }
}

/* A partial application is a closure that captures the function and the arguments so far; this is its code. */
static oast_value complete(oast_value partial, const oast_value *rest) {
    enum { NEAR = 16 };
    const oast_closure *it = OAST_CLOSURE(partial);
    oast_value near[NEAR], *all = near;
    uint32_t before = it->count - 1, total = before + it->arity;
    if (total > NEAR) all = oast_allocate(total * sizeof(oast_value));
    memcpy(all, it->captures + 1, before * sizeof(oast_value));
    memcpy(all + before, rest, it->arity * sizeof(oast_value));
    return call(it->captures[0], all);
}

static oast_value complete1(oast_value it, oast_value a) { return complete(it, &a); }

static oast_value complete2(oast_value it, oast_value a, oast_value b) {
    oast_value rest[] = {a, b};
    return complete(it, rest);
}

static oast_value complete3(oast_value it, oast_value a, oast_value b, oast_value c) {
    oast_value rest[] = {a, b, c};
    return complete(it, rest);
}

static oast_value complete4(oast_value it, oast_value a, oast_value b, oast_value c, oast_value d) {
    oast_value rest[] = {a, b, c, d};
    return complete(it, rest);
}

static oast_value apply_partly(oast_value function, uint32_t count, const oast_value *arguments) {
    static const oast_code codes[] = {(oast_code)complete,  (oast_code)complete1, (oast_code)complete2,
                                      (oast_code)complete3, (oast_code)complete4};
    if (count == 0) return function;
    uint32_t missing = OAST_CLOSURE(function)->arity - count;
    oast_code code = codes[missing <= OAST_DIRECT ? missing : 0];
    oast_closure *partial = oast_closure_new(missing, code, count + 1);
    partial->captures[0] = function;
    memcpy(partial->captures + 1, arguments, count * sizeof(oast_value));
    return OAST_VALUE(partial);
}

oast_value oast_apply(oast_value function, uint32_t count, const oast_value *arguments) {
    for (;;) {
        uint32_t arity = OAST_CLOSURE(function)->arity;
        if (count < arity) return apply_partly(function, count, arguments);
        if (count == arity) return call(function, arguments);
        function = call(function, arguments);
        arguments += arity;
        count -= arity;
    }
}

oast_value oast_array_new(int64_t count, const oast_value *elements) {
    oast_value *storage = oast_allocate((size_t)(count > 0 ? count : 1) * sizeof(oast_value));
    if (count > 0) memcpy(storage, elements, (size_t)count * sizeof(oast_value));
    oast_array *array = oast_allocate(sizeof(oast_array));
    array->length = count;
    array->capacity = count > 0 ? count : 1;
    array->elements = OAST_VALUE(storage);
    return OAST_VALUE(array);
}

void oast_array_push(oast_value value, oast_value element) {
    oast_array *array = OAST_ARRAY(value);
    if (array->length == array->capacity) {
        int64_t capacity = array->capacity * 2 + 2;
        oast_value *storage = oast_allocate((size_t)capacity * sizeof(oast_value));
        memcpy(storage, (oast_value *)(intptr_t)array->elements, (size_t)array->length * sizeof(oast_value));
        /* What is behind the last element would be taken for addresses. */
        memset(storage + array->length, 0, (size_t)(capacity - array->length) * sizeof(oast_value));
        array->capacity = capacity;
        array->elements = OAST_VALUE(storage);
    }
    ((oast_value *)(intptr_t)array->elements)[array->length++] = element;
}

static oast_text *text_new(size_t bytes, int64_t scalars) {
    oast_text *text = allocate_plain(sizeof(oast_text) + bytes);
    text->bytes = (int64_t)bytes;
    text->scalars = scalars;
    return text;
}

static oast_value text_of(const char *data, size_t bytes) {
    oast_text *text = text_new(bytes, (int64_t)bytes);
    memcpy(text->data, data, bytes);
    return OAST_VALUE(text);
}

oast_value oast_text_append(oast_value left, oast_value right) {
    const oast_text *a = OAST_TEXT(left), *b = OAST_TEXT(right);
    if (a->bytes == 0) return right;
    if (b->bytes == 0) return left;
    int64_t scalars = a->scalars < 0 || b->scalars < 0 ? -1 : a->scalars + b->scalars;
    oast_text *text = text_new((size_t)(a->bytes + b->bytes), scalars);
    memcpy(text->data, a->data, (size_t)a->bytes);
    memcpy(text->data + a->bytes, b->data, (size_t)b->bytes);
    return OAST_VALUE(text);
}

oast_value oast_text_length(oast_value value) {
    oast_text *text = OAST_TEXT(value);
    if (text->scalars < 0) {
        int64_t scalars = 0;
        for (int64_t n = 0; n < text->bytes; n++) scalars += (text->data[n] & 0xC0) != 0x80;
        text->scalars = scalars;
    }
    return text->scalars;
}

oast_value oast_text_equal(oast_value left, oast_value right) {
    const oast_text *a = OAST_TEXT(left), *b = OAST_TEXT(right);
    return a->bytes == b->bytes && memcmp(a->data, b->data, (size_t)a->bytes) == 0;
}

/* The letter that follows the backslash where a character is escaped in a literal, or 0. */
static char escape_of(unsigned char byte) {
    switch (byte) {
    case '"': return '"';
    case '\\': return '\\';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return 0;
    }
}

oast_value oast_text_quote(oast_value value) {
    const oast_text *text = OAST_TEXT(value);
    size_t bytes = (size_t)text->bytes + 2;
    for (int64_t n = 0; n < text->bytes; n++) bytes += escape_of((unsigned char)text->data[n]) != 0;
    oast_text *quoted = text_new(bytes, -1);
    size_t end = 0;
    quoted->data[end++] = '"';
    for (int64_t n = 0; n < text->bytes; n++) {
        char escape = escape_of((unsigned char)text->data[n]);
        if (escape) quoted->data[end++] = '\\';
        quoted->data[end++] = escape ? escape : text->data[n];
    }
    quoted->data[end] = '"';
    return OAST_VALUE(quoted);
}

oast_value oast_int_to_text(oast_value a) {
    char digits[24], *end = digits + sizeof digits, *start = end;
    uint64_t rest = a < 0 ? -(uint64_t)a : (uint64_t)a;
    do *--start = (char)('0' + rest % 10);
    while ((rest /= 10) != 0);
    if (a < 0) *--start = '-';
    return text_of(start, (size_t)(end - start));
}

oast_value oast_bool_to_text(oast_value a) { return a ? text_of("True", 4) : text_of("False", 5); }

oast_value oast_float_remainder(oast_value a, oast_value b) {
    return oast_bits(fmod(oast_number(a), oast_number(b)));
}

/* The fewest digits that read back as `number`, without a dot; yields how many, and the power of ten of the first. */
static int shortest_digits(double number, char digits[20], int *power) {
    char text[40];
    /* Where a number has fewer than 15 digits, 15 are these and zeros; not so where bits are missing, near zero. */
    for (int count = number < 2.3e-308 ? 1 : 15;; count++) {
        snprintf(text, sizeof text, "%.*e", count - 1, number);
        if (count == 17 || strtod(text, NULL) == number) break;
    }
    char *exponent = strchr(text, 'e');
    *power = atoi(exponent + 1);
    int length = 0;
    for (const char *it = text; it < exponent; it++) {
        if (*it >= '0' && *it <= '9') digits[length++] = *it;
    }
    while (length > 1 && digits[length - 1] == '0') length--;
    return length;
}

oast_value oast_float_to_text(oast_value a) {
    double number = oast_number(a);
    if (number != number) return text_of("NaN", 3);
    if (number == 0) return text_of("0", 1);
    char text[64], *to = text, digits[20] = "0";
    if (number < 0) {
        *to++ = '-';
        number = -number;
    }
    if (number > 1.7976931348623157e308) {
        memcpy(to, "Infinity", 8);
        return text_of(text, (size_t)(to + 8 - text));
    }
    int power, count = shortest_digits(number, digits, &power);
    int before = power + 1; /* digits before the dot */
    if (before > 21 || before <= -6) {
        *to++ = digits[0];
        if (count > 1) {
            *to++ = '.';
            memcpy(to, digits + 1, (size_t)count - 1);
            to += count - 1;
        }
        to += snprintf(to, 8, "e%+d", power);
        return text_of(text, (size_t)(to - text));
    }
    if (before <= 0) {
        *to++ = '0';
        *to++ = '.';
        for (int n = before; n < 0; n++) *to++ = '0';
    }
    for (int n = 0; n < count || n < before; n++) {
        if (n == before && n > 0) *to++ = '.';
        *to++ = n < count ? digits[n] : '0';
    }
    return text_of(text, (size_t)(to - text));
}
