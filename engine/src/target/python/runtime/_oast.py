"""What the modules that Oast makes for Python need at run time. Works from Python 3.8 on."""

import math
import os
import sys

# Python believes a cached module where only size and second of modification of the source agree. Sources that a build
# replaces within a second are the same to it, so nothing is cached.
sys.dont_write_bytecode = True

inf = math.inf
nan = math.nan

# How many calls may be in each other, and how many bytes of stack these may take. Frames are smaller from Python 3.11 on.
_DEEPEST = 1_100_000 if sys.version_info >= (3, 11) else 500_000
_STACK = 1 << 30


class Stop(Exception):
    """The program ends because of an error; its only argument is the message."""


def _stop(message, site):
    """Ends the program because of what the caller's caller does at `site`: (item,) or (item, expression)."""
    place = sys._getframe(2).f_globals
    raise Stop(_located(message, place, site))


def _located(message, place, site):
    """The message with the source and the line where `site` of the module with the globals `place` stands."""
    module = place["_module"]
    spec = place.get("__spec__")
    package = sys.modules.get(spec.name.partition(".")[0]) if spec else None
    table = getattr(package, "_positions", {})
    if module not in table:
        return "%s: error: %s" % (module, message)
    source, items = table[module]
    return "%s:%d: error: %s" % (source, _line(items, site), message)


def _line(items, site):
    """The line of an item's name, or of one of its expressions; `6*3,7` stands for 6,6,6,7."""
    name, _, expressions = items.split(";")[site[0]].partition(":")
    if len(site) == 1:
        return int(name)
    remaining = site[1]
    for run in expressions.split(","):
        line, _, count = run.partition("*")
        remaining -= int(count or 1)
        if remaining < 0:
            return int(line)
    raise IndexError(site)


def run(main):
    """Calls `main` with room for deep recursion, then ends the process."""
    outcome = []
    try:
        thread = _start(lambda: outcome.append(_guarded(main)))
        while thread.is_alive():  # An interrupt that comes just before a wait begins does not end that wait.
            thread.join(0.5)
    except KeyboardInterrupt:
        os._exit(130)
    os._exit(outcome[0] if outcome else 1)


def _start(body):
    """A thread that calls `body`, with as large a stack as there can be."""
    import threading

    stack = _STACK
    while True:
        sys.setrecursionlimit(max(_DEEPEST * stack // _STACK, 1000))
        try:
            threading.stack_size(stack)
            thread = threading.Thread(target=body, daemon=True)
            thread.start()
            return thread
        except (ValueError, RuntimeError, MemoryError) as error:
            if isinstance(error.__context__, KeyboardInterrupt):
                raise error.__context__  # It came while the thread started, and has left a lock of `threading` unlocked.
            stack //= 2
            if stack < 1 << 20:
                raise


def _guarded(main):
    """Calls `main`, says what went wrong and yields the exit status."""
    message = None
    try:
        main()
    except Stop as stop:
        message = stop.args[0]
    except Thrown as thrown:
        message = thrown.message()
    except RecursionError:
        message = "error: stack overflow: the recursion is too deep"
    except MemoryError:
        message = "error: out of memory"
    except OSError as error:
        return _output_failed(error)
    try:
        flush()
    except OSError as error:
        return _output_failed(error)
    if message is None:
        return 0
    _complain(message)
    return 1


def _output_failed(error):
    if not isinstance(error, BrokenPipeError):
        _complain("error: cannot write to standard output: %s" % error.strerror)
    return 1


def _complain(message):
    try:
        os.write(2, (message + "\n").encode("utf-8"))
    except OSError:
        pass


try:
    _output = open(1, "wb", buffering=1 << 16, closefd=False)
    _interactive = _output.isatty()
except OSError:
    _output = open(os.devnull, "wb")
    _interactive = False


def write(text):
    """Writes `text` to standard output as it is, in UTF-8."""
    _output.write(text.encode("utf-8"))
    if _interactive:
        _output.flush()


def flush():
    """Hands on what was written so far."""
    _output.flush()


class Partial:
    """A function value with some of its arguments."""

    __slots__ = ("function", "arguments")

    def __init__(self, function, arguments):
        self.function = function
        self.arguments = arguments


def apply(function, *arguments):
    """The value of `function` at fewer, as many or more arguments than it takes."""
    while True:
        if type(function) is Partial:
            arguments = function.arguments + arguments
            function = function.function
        missing = function.__code__.co_argcount - len(arguments)
        if missing == 0:
            return function(*arguments)
        if missing > 0:
            return Partial(function, arguments)
        function, arguments = function(*arguments[:missing]), arguments[missing:]


class Constant:
    """A value that is computed when it is first asked for. A call yields it."""

    __slots__ = ("name", "item", "compute", "value", "state")

    def __init__(self, name, item, compute):
        self.name = name
        self.item = item
        self.compute = compute
        self.state = 0

    def __call__(self):
        if self.state == 2:
            return self.value
        if self.state == 1:
            message = "the value of `%s` depends on itself" % self.name
            raise Stop(_located(message, self.compute.__globals__, (self.item,)))
        self.state = 1
        self.value = self.compute()
        self.state = 2
        return self.value


def constant(name, item):
    """Makes a function without parameters the constant `name`, the module's item number `item`."""
    return lambda compute: Constant(name, item, compute)


def value(item):
    """The value of what is a function or a constant."""
    return item() if type(item) is Constant else item


def singleton(constructor):
    """Replaces a class by its only object."""
    return constructor()


def field(item, index):
    """A field of an object by its index in the class."""
    return getattr(item, item.__slots__[index])


def set_field(item, index, value):
    """Sets a field of an object by its index in the class."""
    setattr(item, item.__slots__[index], value)


def add(a, b, site):
    result = a + b
    if -0x8000_0000_0000_0000 <= result <= 0x7FFF_FFFF_FFFF_FFFF:
        return result
    _stop("integer overflow", site)


def subtract(a, b, site):
    result = a - b
    if -0x8000_0000_0000_0000 <= result <= 0x7FFF_FFFF_FFFF_FFFF:
        return result
    _stop("integer overflow", site)


def multiply(a, b, site):
    result = a * b
    if -0x8000_0000_0000_0000 <= result <= 0x7FFF_FFFF_FFFF_FFFF:
        return result
    _stop("integer overflow", site)


def negate(a, site):
    if a == -0x8000_0000_0000_0000:
        _stop("integer overflow", site)
    return -a


def divide(a, b, site):
    """The quotient toward zero."""
    if b == 0:
        _stop("division by zero", site)
    if (a < 0) == (b < 0):
        result = a // b
        if result > 0x7FFF_FFFF_FFFF_FFFF:
            _stop("integer overflow", site)
        return result
    return -(-a // b)


def remainder(a, b, site):
    """The remainder with the sign of the dividend."""
    if b == 0:
        _stop("division by zero", site)
    result = abs(a) % abs(b)
    return -result if a < 0 else result


def wrap(a):
    """The 64-bit integer that is `a` modulo 2 to the power of 64."""
    return (a + 0x8000_0000_0000_0000 & 0xFFFF_FFFF_FFFF_FFFF) - 0x8000_0000_0000_0000


def divide_floats(a, b):
    if b != 0.0:
        return a / b
    if a == 0.0 or a != a or b != b:
        return nan
    return math.copysign(inf, a) * math.copysign(1.0, b)


def fmod(a, b):
    if b == 0.0 or a in (inf, -inf):
        return nan
    return math.fmod(a, b)


def to_int(a, site):
    if -9223372036854775808.0 <= a < 9223372036854775808.0 and a.is_integer():
        return int(a)
    _stop("the float has no integer value", site)


_ESCAPES = str.maketrans({'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def quote(text):
    """The text in quotes, as a literal."""
    return '"' + text.translate(_ESCAPES) + '"'


def float_to_text(a):
    """As ECMAScript's `Number::toString` writes it."""
    if a != a:
        return "NaN"
    if a == 0.0:
        return "0"
    sign = "-" if a < 0.0 else ""
    if a in (inf, -inf):
        return sign + "Infinity"
    mantissa, _, exponent = repr(abs(a)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    point = len(whole) + int(exponent or 0)
    digits = whole + fraction
    point -= len(digits) - len(digits.lstrip("0"))
    digits = digits.strip("0")
    count = len(digits)
    if count <= point <= 21:
        text = digits + "0" * (point - count)
    elif 0 < point <= 21:
        text = digits[:point] + "." + digits[point:]
    elif -6 < point <= 0:
        text = "0." + "0" * -point + digits
    else:
        text = digits[0] + ("." + digits[1:] if count > 1 else "") + "e%+d" % (point - 1)
    return sign + text


def get(array, index, site):
    if 0 <= index < len(array):
        return array[index]
    _stop("index %d is out of bounds for length %d" % (index, len(array)), site)


def put(array, index, value, site):
    if not 0 <= index < len(array):
        _stop("index %d is out of bounds for length %d" % (index, len(array)), site)
    array[index] = value


def xor(a, b):
    return a ^ b


def to_int32(a):
    """The integer toward zero modulo 2 to the power of 32, signed; 0 where there is none."""
    if a - a != 0.0:
        return 0
    return (int(a) + 0x8000_0000 & 0xFFFF_FFFF) - 0x8000_0000


def floor(a):
    if a - a != 0.0:
        return a
    return math.copysign(float(math.floor(a)), a)


def square_root(a):
    return math.sqrt(a) if a >= 0.0 else nan


def power(a, b):
    """As ECMAScript's `**`."""
    if b != b or (b in (inf, -inf) and abs(a) == 1.0):
        return nan
    try:
        return math.pow(a, b)
    except OverflowError:
        return -inf if a < 0.0 and b % 2.0 == 1.0 else inf
    except ValueError:
        if a != 0.0:
            return nan
        return math.copysign(inf, a) if b % 2.0 == 1.0 else inf


def slice(text, start, end):
    """The characters from one index up to another, both cut to the length."""
    return text[max(start, 0) : max(end, 0)]


def code(text, index):
    """The scalar value at an index, or -1."""
    return ord(text[index]) if 0 <= index < len(text) else -1


def of_code(value):
    """The text of one scalar value."""
    if 0 <= value < 0xD800 or 0xDFFF < value < 0x110000:
        return chr(value)
    return "\ufffd"


def find(text, wanted, start):
    return text.find(wanted, min(max(start, 0), len(text)))


def _with_case(first, last):
    return {code: code ^ 32 for code in range(ord(first), ord(last) + 1)}


_UPPER = _with_case("a", "z")
_LOWER = _with_case("A", "Z")


def upper(text):
    return text.translate(_UPPER)


def lower(text):
    return text.translate(_LOWER)


def text_to_float(text):
    """The number that a text denotes in ECMAScript."""
    text = text.strip(" \t\n\r\v\f")
    if not text:
        return 0.0
    base = {"0x": 16, "0o": 8, "0b": 2}.get(text[:2].lower())
    digits = text[2:] if base else text.lstrip("+-")
    try:
        if base:
            return float(int(digits, base)) if digits.isalnum() and digits.isascii() else nan
        if digits == "Infinity" and len(text) <= len(digits) + 1:
            return -inf if text[0] == "-" else inf
        if digits.strip("0123456789.eE+-") or not digits.strip(".eE+-"):
            return nan
        return float(text)
    except ValueError:
        return nan


def exit(status):
    flush()
    os._exit(status & 255)


def sleep(milliseconds):
    import time

    flush()
    if milliseconds > 0.0:
        time.sleep(min(milliseconds / 1000.0, 1e9))


class Null:
    """The type of `null`. `undefined` is None."""

    __slots__ = ()


null = Null()


class Thrown(Exception):
    """A dynamic value on its way to whoever catches it."""

    def __init__(self, value, module, site):
        super().__init__(value)
        self.value = value
        self.module = module
        self.site = site

    def message(self):
        value = self.value
        if type(value) is Object:
            value = value.values.get("message", value)
        return _located("uncaught: " + show(value), self.module, self.site)


def thrown(value, site):
    """What is raised at `site` of the caller's module to throw a value."""
    return Thrown(value, sys._getframe(1).f_globals, site)


class Class:
    """A class of dynamic objects."""

    __slots__ = ("name", "parent", "methods", "has_setters")

    def __init__(self, name, parent, methods):
        self.name = name
        self.parent = parent
        self.methods = methods.values
        inherited = parent is not None and parent.has_setters
        self.has_setters = inherited or any([it.startswith("set ") for it in self.methods])

    def method(self, name):
        """The method of this name, its own or inherited; None if there is none."""
        owner = self
        while owner is not None:
            method = owner.methods.get(name)
            if method is not None:
                return method
            owner = owner.parent
        return None


class Object:
    """A dynamic object: its class, or None, and its properties in the order in which they were set."""

    __slots__ = ("owner", "values")

    def __init__(self, owner):
        self.owner = owner
        self.values = {}


def _description(value):
    """What a value is, in a message."""
    if value is None:
        return "undefined"
    if value is null:
        return "null"
    kind = type(value)
    if kind in (bool, float, str, list, Object, Class):
        return {
            bool: "a boolean",
            float: "a number",
            str: "a string",
            list: "an array",
            Object: "an object",
            Class: "a class",
        }[kind]
    return "a function"


def _wrong(value, wanted, site, frame):
    message = "the value is %s, not %s" % (_description(value), wanted)
    raise Stop(_located(message, frame.f_globals, site))


def as_float(value, site):
    if type(value) is float:
        return value
    _wrong(value, "a number", site, sys._getframe(1))


def as_bool(value, site):
    if type(value) is bool:
        return value
    _wrong(value, "a boolean", site, sys._getframe(1))


def as_text(value, site):
    if type(value) is str:
        return value
    _wrong(value, "a string", site, sys._getframe(1))


def as_array(value, site):
    if type(value) is list:
        return value
    _wrong(value, "an array", site, sys._getframe(1))


def is_array(value):
    return type(value) is list


_TYPES = {float: "number", str: "string", bool: "boolean", type(None): "undefined"}


def type_of(value):
    """The word that ECMAScript's `typeof` has for a value."""
    kind = type(value)
    if kind in _TYPES:
        return _TYPES[kind]
    return "object" if kind in (Null, list, Object) else "function"


def same(a, b):
    """ECMAScript's `===`."""
    if type(a) is float or type(a) is str:
        return type(a) is type(b) and a == b
    return a is b


def hash_of(value):
    """A number that values which are equal share."""
    if type(value) is float:
        return hash(value) & 0x7FFFFFFF if value == value else 0
    if type(value) is str:
        return hash(value) & 0x7FFFFFFF
    return id(value) >> 4 & 0x7FFFFFFF


def truth(value):
    kind = type(value)
    if kind is float:
        return value == value and value != 0.0
    if kind is str:
        return value != ""
    return value is not None and value is not null and value is not False


def _simple(value):
    """What is neither an array nor an object, as text."""
    if value is None:
        return "undefined"
    if value is null:
        return "null"
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is float:
        return float_to_text(value)
    if type(value) is str:
        return value
    return "[class %s]" % value.name if type(value) is Class else "[function]"


def show(value, around=()):
    """The value as people read it."""
    if type(value) is not list and type(value) is not Object:
        return _simple(value)
    if any(it is value for it in around):
        return "[circular]"
    if len(around) >= 100:
        return "..."
    around += (value,)
    if type(value) is list:
        return "[" + ", ".join([_show_inner(it, around) for it in value]) + "]"
    shown = value.owner.method("$show") if value.owner is not None else None
    if shown is not None:
        return _call_with(shown, (value,))
    name = value.owner.name + " " if value.owner is not None else ""
    if not value.values:
        return name + "{}"
    parts = [key + ": " + _show_inner(value.values[key], around) for key in _ordered(value.values)]
    return name + "{ " + ", ".join(parts) + " }"


def _show_inner(value, around):
    return quote(value) if type(value) is str else show(value, around)


def string(value, around=()):
    """The value as ECMAScript's `String` converts it."""
    if type(value) is Object:
        return "[object Object]"
    if type(value) is not list:
        return _simple(value)
    if any(it is value for it in around) or len(around) >= 100:
        return ""
    around += (value,)
    return ",".join(["" if it is None or it is null else string(it, around) for it in value])


def instance_of(value, owner):
    if type(value) is not Object or type(owner) is not Class:
        return False
    at = value.owner
    while at is not None and at is not owner:
        at = at.parent
    return at is not None


def _property_of(base, name, site, frame):
    if type(base) is Object:
        if name in base.values:
            return base.values[name]
        if base.owner is None:
            return None
        method = base.owner.method(name)
        if method is not None:
            return apply(method, base)
        getter = base.owner.method("get " + name)
        return None if getter is None else _call_with(getter, (base,))
    if base is None or base is null:
        message = "`%.80s` is read of what is %s" % (name, _description(base))
        raise Stop(_located(message, frame.f_globals, site))
    if name == "length" and type(base) in (str, list):
        return float(len(base))
    if type(base) is Class:
        return base.name if name == "name" else base.method(name)
    return None


def property(base, name, site):
    """The property of this name, or None."""
    if type(base) is Object and name in base.values:
        return base.values[name]
    return _property_of(base, name, site, sys._getframe(1))


def set_property(base, name, value, site):
    if type(base) is not Object:
        _wrong(base, "an object", site, sys._getframe(1))
    _put(base, name, value)


def _put(base, name, value):
    """Sets a property of an object, by its setter if it has one."""
    if base.owner is not None and base.owner.has_setters and name not in base.values:
        setter = base.owner.method("set " + name)
        if setter is not None:
            _call_with(setter, (base, value))
            return
    base.values[name] = value


def has_property(base, name):
    if type(base) is not Object:
        return False
    if name in base.values:
        return True
    owner = base.owner
    return owner is not None and (owner.method(name) or owner.method("get " + name)) is not None


def _ordered(names):
    """The names as ECMAScript orders them: those that are indices come first."""
    if not any([name[:1].isdigit() for name in names]):
        return list(names)
    indices = [name for name in names if type(_key(name)) is float]
    indices.sort(key=int)
    return indices + [name for name in names if type(_key(name)) is not float]


def property_names(base):
    if type(base) is Object:
        return _ordered(base.values)
    if type(base) in (str, list):
        return [str(n) for n in range(len(base))]
    return []


def _key(key):
    """The index that a text denotes, as a number; else the key itself."""
    if type(key) is str and 0 < len(key) <= 15 and key.isascii() and key.isdigit():
        if key == "0" or key[0] != "0":
            return float(key)
    return key


def element(base, key, site):
    """The element of an array or text at a number, or a property."""
    if type(base) is list or type(base) is str:
        key = _key(key)
        if type(key) is float:
            if 0.0 <= key < len(base) and key == int(key):
                return base[int(key)]
            return None
    return _property_of(base, string(key), site, sys._getframe(1))


def set_element(base, key, value, site):
    """Sets an element of an array, which grows, or a property."""
    if type(base) is list:
        key = _key(key)
        if type(key) is not float or not 0.0 <= key < 4294967296.0 or key != int(key):
            _stop("an array is written at what is no index", site)
        index = int(key)
        if index >= len(base):
            base.extend([None] * (index + 1 - len(base)))
        base[index] = value
    elif type(base) is Object:
        _put(base, string(key), value)
    else:
        _wrong(base, "an object", site, sys._getframe(1))


def resize(array, length):
    """Cuts an array to a length, or fills it up."""
    length = max(length, 0)
    if length < len(array):
        del array[length:]
    else:
        array.extend([None] * (length - len(array)))


def _call_with(function, arguments):
    """Calls a function that may take fewer or more arguments."""
    given = ()
    while type(function) is Partial:
        given = function.arguments + given
        function = function.function
    arity = function.__code__.co_argcount - len(given)
    if len(arguments) > arity:
        arguments = arguments[:arity]
    elif len(arguments) < arity:
        arguments += (None,) * (arity - len(arguments))
    return function(*given, *arguments)


def _check_function(value, site, frame):
    if type(value) is not Partial and not hasattr(value, "__code__"):
        _wrong(value, "a function", site, frame)


def call(function, site, *arguments):
    """The value of a dynamic function at some arguments."""
    _check_function(function, site, sys._getframe(1))
    return _call_with(function, arguments)


def call_method(base, name, site, *arguments):
    """Calls a method of an object, or a function that is its property."""
    if type(base) is Object and name not in base.values and base.owner is not None:
        method = base.owner.method(name)
        if method is not None:
            return _call_with(method, (base,) + arguments)
    value = _property_of(base, name, site, sys._getframe(1))
    _check_function(value, site, sys._getframe(1))
    return _call_with(value, arguments)
