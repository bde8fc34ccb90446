/* Memory: a mark-sweep collector that needs no help from the code it serves. Any word of the stack, the registers or an object may
   be an address; what no such word leads to is garbage.

   The heap is one reserved range of addresses, made of blocks. A block holds objects of one size, or begins a large object. Free
   objects of a block are used up in runs, between those that were marked last time; so sweeping writes nothing. */

#define BLOCK ((size_t)32768)
#define MARK_WORDS (BLOCK / 16 / 64)
#define LARGEST_CLASS 8192
#define MIN_GROWTH ((size_t)8 << 20)
#define COMMIT_STEP ((size_t)16 << 20)

typedef struct block {
    size_t size;        /* of each object */
    uint32_t count;     /* of objects */
    uint32_t has_addresses;
    struct block *next; /* of the same class */
    uint64_t marks[MARK_WORDS];
} block;

#define FIRST ((sizeof(block) + 15) & ~(size_t)15)

enum { CLASSES = 64, FREE = 0, SMALL = 1, LARGE = 2, REST = 3 };

/* Objects of one size; those without addresses are apart from the others. */
typedef struct {
    block *all;
    block *current; /* whose free objects are being used up */
    uint32_t next;  /* the first of its objects that was not looked at */
} size_class;

static char *heap;
static size_t heap_reserved, heap_committed, heap_used;
static size_t in_use, limit = MIN_GROWTH;
static uint32_t *block_kinds; /* FREE, SMALL, LARGE, or REST + the distance to the block with the head of the object */
static size_t free_hint;
static size_class classes[2][CLASSES];
static size_t class_sizes[CLASSES];
static unsigned char class_of[LARGEST_CLASS / 16 + 1];
static oast_run text_runs[CLASSES], large_runs[CLASSES];
oast_run oast_runs[OAST_SMALL / 16 + 1];

static oast_global *forced;
static char *stack_end;

static uintptr_t *mark_stack;
static size_t mark_count, mark_capacity;

static _Noreturn void out_of_memory(void) { fail("out of memory"); }

static void *reserve(size_t bytes, int protection) {
    void *memory =
        mmap(NULL, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static void heap_start(void) {
    char *memory = NULL;
    for (heap_reserved = (size_t)1 << 38; memory == NULL; heap_reserved /= 2) {
        if (heap_reserved < MIN_GROWTH) out_of_memory();
        memory = reserve(heap_reserved, PROT_NONE);
        if (memory != NULL) break;
    }
    /* Under a limit of address space something must be left for the rest of the program. */
    if (heap_reserved < (size_t)1 << 38) {
        munmap(memory + heap_reserved / 4 * 3, heap_reserved / 4);
        heap_reserved = heap_reserved / 4 * 3;
    }
    heap = (char *)(((uintptr_t)memory + BLOCK - 1) & ~(uintptr_t)(BLOCK - 1));
    heap_reserved = (heap_reserved - BLOCK) & ~(COMMIT_STEP - 1);
    block_kinds = reserve(heap_reserved / BLOCK * sizeof(uint32_t), PROT_READ | PROT_WRITE);
    if (block_kinds == NULL) out_of_memory();
    size_t size = 0, step = 16, class = 0;
    while (size < LARGEST_CLASS) {
        size += step;
        class_sizes[++class] = size;
        for (size_t n = (size - step) / 16 + 1; n <= size / 16; n++) class_of[n] = (unsigned char)class;
        if (size >= OAST_SMALL && (size & (size - 1)) == 0) step = size / 4;
    }
}

/* Collection. */

static void mark_push(uintptr_t object) {
    if (mark_count == mark_capacity) {
        size_t capacity = mark_capacity == 0 ? (size_t)1 << 16 : mark_capacity * 2;
        uintptr_t *grown = reserve(capacity * sizeof(uintptr_t), PROT_READ | PROT_WRITE);
        if (grown == NULL) out_of_memory();
        if (mark_count != 0) {
            memcpy(grown, mark_stack, mark_count * sizeof(uintptr_t));
            munmap(mark_stack, mark_capacity * sizeof(uintptr_t));
        }
        mark_stack = grown;
        mark_capacity = capacity;
    }
    mark_stack[mark_count++] = object;
}

/* Marks the object at, or if `interior` also around, the address that `word` may be. */
static inline void mark(uintptr_t word, int interior) {
    size_t offset = word - (uintptr_t)heap;
    if (offset >= heap_used) return;
    size_t index = offset / BLOCK;
    uint32_t kind = block_kinds[index];
    if (kind == FREE) return;
    block *holder = (block *)(heap + index * BLOCK);
    size_t n = 0;
    if (kind == SMALL) {
        size_t within = offset % BLOCK;
        if (within < FIRST) return;
        n = (uint32_t)(within - FIRST) / (uint32_t)holder->size;
        if (n >= holder->count) return;
        if (!interior && within != FIRST + n * holder->size) return;
    } else if (kind == LARGE) {
        if (offset % BLOCK < FIRST || (!interior && offset % BLOCK != FIRST)) return;
    } else {
        if (!interior) return;
        holder = (block *)(heap + (index - (kind - REST)) * BLOCK);
    }
    uint64_t bit = (uint64_t)1 << (n % 64);
    if (holder->marks[n / 64] & bit) return;
    holder->marks[n / 64] |= bit;
    if (holder->has_addresses) mark_push((uintptr_t)holder + FIRST + n * holder->size);
}

static void mark_reachable(void) {
    while (mark_count > 0) {
        uintptr_t object = mark_stack[--mark_count];
        const block *holder = (const block *)(object & ~(uintptr_t)(BLOCK - 1));
        const int64_t *words = (const int64_t *)object;
        for (size_t n = 0; n < holder->size / 8; n++) mark((uintptr_t)words[n] & ~(uintptr_t)7, 0);
    }
}

/* The stack may hold addresses at any word, which the compiler's checkers need not understand. */
#if defined(__GNUC__)
__attribute__((noinline, no_sanitize_address))
#endif
static void mark_stack_words(const char *from) {
    const uintptr_t *word = (const uintptr_t *)((uintptr_t)from & ~(uintptr_t)(sizeof(uintptr_t) - 1));
    for (; (const char *)word < stack_end; word++) mark(*word, 1);
}

/* Gives blocks without a marked object back; yields the number of bytes that are marked. */
static size_t release_blocks(void) {
    size_t live = 0;
    for (size_t index = 0; index < heap_used / BLOCK;) {
        block *it = (block *)(heap + index * BLOCK);
        size_t blocks = 1, marked = 0;
        if (block_kinds[index] == LARGE) blocks = (FIRST + it->size + BLOCK - 1) / BLOCK;
        if (block_kinds[index] != FREE) {
            for (size_t n = 0; n < MARK_WORDS; n++) {
                if (it->marks[n] != 0) marked += bits_set(it->marks[n]);
            }
            if (marked == 0) {
                memset(&block_kinds[index], 0, blocks * sizeof(uint32_t));
                in_use -= blocks * BLOCK;
                if (blocks > 1) give_back((char *)it, blocks * BLOCK);
            }
            live += marked * it->size;
        }
        index += blocks;
    }
    return live;
}

/* Lists the blocks of each class anew, all of them to be looked through. */
static void relist_blocks(void) {
    memset(classes, 0, sizeof classes);
    memset(oast_runs, 0, sizeof oast_runs);
    memset(text_runs, 0, sizeof text_runs);
    memset(large_runs, 0, sizeof large_runs);
    for (size_t index = heap_used / BLOCK; index-- > 0;) {
        if (block_kinds[index] != SMALL) continue;
        block *it = (block *)(heap + index * BLOCK);
        size_class *class = &classes[it->has_addresses][class_of[it->size / 16]];
        it->next = class->all;
        class->all = class->current = it;
    }
}

static void clear_marks(void) {
    for (size_t index = 0; index < heap_used / BLOCK; index++) {
        if (block_kinds[index] == SMALL || block_kinds[index] == LARGE) {
            memset(((block *)(heap + index * BLOCK))->marks, 0, MARK_WORDS * 8);
        }
    }
}

#if defined(__GNUC__)
__attribute__((noinline))
#endif
static void collect(void) {
    jmp_buf registers;
    memset(&registers, 0, sizeof registers);
    (void)setjmp(registers);
#if defined(__GNUC__)
    __builtin_unwind_init();
#endif
    const char *here = (const char *)&registers;
    clear_marks();
    mark_stack_words(here);
    for (oast_global *it = forced; it != NULL; it = it->next) mark((uintptr_t)it->value & ~(uintptr_t)7, 0);
    mark_reachable();
    size_t live = release_blocks();
    relist_blocks();
    free_hint = 0;
    /* A deep stack is dear to scan, so that the heap may grow by as much before the next time. */
    size_t wanted = 2 * live + (size_t)(stack_end - here) + MIN_GROWTH;
    limit = in_use + MIN_GROWTH / 8;
    if (limit < wanted) limit = wanted;
}

/* Allocation. */

/* The first of `count` free blocks in a row, or NULL. */
static block *free_blocks(size_t count) {
    size_t total = heap_used / BLOCK, run = 0;
    for (size_t index = free_hint; index < total; index++) {
        run = block_kinds[index] == FREE ? run + 1 : 0;
        if (run == count) {
            if (count == 1) free_hint = index + 1;
            return (block *)(heap + (index + 1 - count) * BLOCK);
        }
    }
    if (count == 1) free_hint = total;
    return NULL;
}

static block *take_blocks(size_t count) {
    block *it = free_blocks(count);
    if (it == NULL) {
        it = (block *)(heap + heap_used);
        size_t end = heap_used + count * BLOCK;
        if (end > heap_reserved) out_of_memory();
        if (end > heap_committed) {
            size_t committed = (end + COMMIT_STEP - 1) & ~(COMMIT_STEP - 1);
            char *from = heap + heap_committed;
            if (mprotect(from, committed - heap_committed, PROT_READ | PROT_WRITE) != 0) {
                out_of_memory();
            }
            heap_committed = committed;
        }
        heap_used = end;
    }
    in_use += count * BLOCK;
    memset(it, 0, sizeof(block));
    return it;
}

static void *allocate_large(size_t bytes, uint32_t has_addresses) {
    if (bytes > heap_reserved) out_of_memory();
    size_t blocks = (FIRST + bytes + BLOCK - 1) / BLOCK;
    if (in_use + blocks * BLOCK > limit) collect();
    block *it = take_blocks(blocks);
    it->size = (bytes + 7) & ~(size_t)7;
    it->count = 1;
    it->has_addresses = has_addresses;
    size_t index = (size_t)((char *)it - heap) / BLOCK;
    block_kinds[index] = LARGE;
    for (size_t n = 1; n < blocks; n++) block_kinds[index + n] = (uint32_t)(REST + n);
    return (char *)it + FIRST;
}

/* The next free objects in the blocks that a class has; false if there are none. */
static int next_run(size_class *class, oast_run *run) {
    for (block *it = class->current; it != NULL; it = it->next, class->current = it, class->next = 0) {
        uint32_t from = class->next;
        while (from < it->count && (it->marks[from / 64] >> (from % 64) & 1)) from++;
        if (from == it->count) continue;
        uint32_t to = from + 1;
        while (to < it->count && !(it->marks[to / 64] >> (to % 64) & 1)) to++;
        class->next = to;
        run->cursor = (char *)it + FIRST + from * it->size;
        run->limit = (char *)it + FIRST + to * it->size;
        return 1;
    }
    return 0;
}

static void *allocate(oast_run *run, unsigned char number, uint32_t has_addresses) {
    size_class *class = &classes[has_addresses][number];
    size_t size = class_sizes[number];
    int found = run->cursor != run->limit || next_run(class, run);
    if (!found && in_use + BLOCK > limit) {
        collect();
        found = next_run(class, run);
    }
    if (!found) {
        block *it = take_blocks(1);
        it->size = size;
        it->count = (uint32_t)((BLOCK - FIRST) / size);
        it->has_addresses = has_addresses;
        block_kinds[(size_t)((char *)it - heap) / BLOCK] = SMALL;
        it->next = class->all;
        class->all = it;
        run->cursor = (char *)it + FIRST;
        run->limit = run->cursor + it->count * size;
    }
    void *object = run->cursor;
    run->cursor += size;
    return object;
}

void *oast_allocate_slowly(size_t bytes) {
    if (bytes > LARGEST_CLASS) return allocate_large(bytes, 1);
    unsigned char number = class_of[(bytes + 15) / 16];
    oast_run *run = bytes <= OAST_SMALL ? &oast_runs[number] : &large_runs[number];
    return allocate(run, number, 1);
}

/* Memory for what holds no addresses. */
static void *allocate_plain(size_t bytes) {
    if (bytes > LARGEST_CLASS) return allocate_large(bytes, 0);
    unsigned char number = class_of[(bytes + 15) / 16];
    return allocate(&text_runs[number], number, 0);
}
