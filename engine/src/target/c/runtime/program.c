/* The support of generated programs at run time. */
#define _GNU_SOURCE
#define _DARWIN_C_SOURCE
#include "oast_runtime.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

static char output[1 << 16];
static size_t output_used;
static int output_is_terminal;

static int write_all(int file, const char *data, size_t size) {
    while (size > 0) {
        ssize_t written = write(file, data, size);
        if (written < 0 && errno != EINTR) return 0;
        if (written > 0) {
            data += written;
            size -= (size_t)written;
        }
    }
    return 1;
}

static void flush(void) {
    size_t size = output_used;
    output_used = 0;
    if (!write_all(STDOUT_FILENO, output, size)) _exit(1);
}

void oast_write(oast_value value) {
    const oast_text *text = OAST_TEXT(value);
    size_t size = (size_t)text->bytes;
    if (size > sizeof output - output_used) flush();
    if (size > sizeof output) {
        if (!write_all(STDOUT_FILENO, text->data, size)) _exit(1);
        return;
    }
    memcpy(output + output_used, text->data, size);
    output_used += size;
    if (output_is_terminal && memchr(text->data, '\n', size) != NULL) flush();
}

/* Run-time errors. */

static void complain(const char *text) { (void)write_all(STDERR_FILENO, text, strlen(text)); }

static _Noreturn void fail(const char *message) {
    flush();
    complain("error: ");
    complain(message);
    complain("\n");
    _exit(1);
}

static _Noreturn void fail_at(const oast_positions *module, uint32_t line, const char *message) {
    char number[32];
    snprintf(number, sizeof number, ":%lu: ", (unsigned long)line);
    flush();
    complain(module->source);
    complain(number);
    complain("error: ");
    complain(message);
    complain("\n");
    _exit(1);
}

static uint32_t line_of(OAST_SITE) {
    uint32_t run = module->items[2 * item + 1];
    uint32_t end = module->items[2 * item + 3];
    uint32_t line = module->items[2 * item];
    for (; run < end && module->runs[2 * run] <= expr; run++) line = module->runs[2 * run + 1];
    return line;
}

void oast_overflow(OAST_SITE) { fail_at(module, line_of(module, item, expr), "integer overflow"); }

void oast_division_by_zero(OAST_SITE) {
    fail_at(module, line_of(module, item, expr), "division by zero");
}

void oast_no_integer(OAST_SITE) {
    fail_at(module, line_of(module, item, expr), "the float has no integer value");
}

void oast_out_of_bounds(int64_t index, int64_t length, OAST_SITE) {
    char message[96];
    snprintf(message, sizeof message, "index %lld is out of bounds for length %lld", (long long)index,
             (long long)length);
    fail_at(module, line_of(module, item, expr), message);
}

static _Noreturn void fail_on_cycle(const oast_global *global) {
    static const char before[] = "the value of `", after[] = "` depends on itself";
    size_t size = sizeof before + strlen(global->name) + sizeof after;
    char *message = malloc(size);
    if (message == NULL) fail("out of memory");
    snprintf(message, size, "%s%s%s", before, global->name, after);
    fail_at(global->module, global->module->items[2 * global->item], message);
}

/* What the collector wants of the machine. */

static size_t bits_set(uint64_t word) {
#if defined(__GNUC__)
    return (size_t)__builtin_popcountll(word);
#else
    size_t count = 0;
    for (; word != 0; word &= word - 1) count++;
    return count;
#endif
}

static void give_back(char *from, size_t size) {
#if defined(MADV_DONTNEED) && defined(__linux__)
    /* The pages are read as zeros afterwards. */
    (void)madvise(from, size, MADV_DONTNEED);
#else
    (void)from;
    (void)size;
#endif
}
