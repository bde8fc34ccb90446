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
        except (ValueError, RuntimeError, MemoryError):
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
    if -9223372036854775808.0 <= a < 9223372036854775808.0:
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
