/* The start of a program: on a stack of its own, which is large and whose end is watched. */

#define STACK_SIZE ((size_t)1 << 30)
#define LEAST_STACK ((size_t)1 << 20)
#define GUARD_SIZE ((size_t)1 << 20)

static char *stack_guard;

static void on_fault(int signal_number, siginfo_t *info, void *context) {
    (void)context;
    size_t offset = (size_t)((char *)info->si_addr - stack_guard);
    if (offset < GUARD_SIZE) fail("stack overflow: the recursion is too deep");
    signal(signal_number, SIG_DFL);
}

static void watch_stack(void) {
    static char fault_stack[1 << 16];
    stack_t stack;
    memset(&stack, 0, sizeof stack);
    stack.ss_sp = fault_stack;
    stack.ss_size = sizeof fault_stack;
    sigaltstack(&stack, NULL);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
}

static void *run(void *entry) {
    watch_stack();
    (*(oast_value (**)(void))entry)();
    flush();
    return NULL;
}

int oast_main(oast_value (*entry)(void)) {
    signal(SIGPIPE, SIG_IGN);
    output_is_terminal = isatty(STDOUT_FILENO);
    size_t size = STACK_SIZE;
    while ((stack_guard = reserve(GUARD_SIZE + size, PROT_READ | PROT_WRITE)) == NULL) {
        size /= 2;
        if (size < LEAST_STACK) out_of_memory();
    }
    mprotect(stack_guard, GUARD_SIZE, PROT_NONE);
    stack_end = stack_guard + GUARD_SIZE + size;
    heap_start();
    pthread_attr_t attributes;
    pthread_t thread;
    if (pthread_attr_init(&attributes) != 0 ||
        pthread_attr_setstack(&attributes, stack_guard + GUARD_SIZE, size) != 0 ||
        pthread_create(&thread, &attributes, run, &entry) != 0) {
        fail("no thread can be started");
    }
    pthread_join(thread, NULL);
    return 0;
}
