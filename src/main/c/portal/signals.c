/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "signals.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "system.h"

/* sigaction as the kernel has it. */
struct kernel_action {
  void *handler;
  unsigned long flags;
  void *restorer;
  signals mask;
};

#define TAKEN (signal_bit(SIGSEGV) | signal_bit(SIGILL))

/* What libc keeps for itself and lets nobody block. */
#define LIBC_SIGNALS (signal_bit(32) | signal_bit(33))

typedef int sigaction_function(int, const struct sigaction *, struct sigaction *);
typedef void (*simple_handler)(int);
typedef simple_handler signal_function(int, simple_handler);

/* What the program has set for one of the two signals. */
struct wish {
  _Atomic unsigned sequence; /* odd while it is being changed */
  struct sigaction action;
};

static struct wish segv_wish, ill_wish;
static _Atomic bool taken;
static atomic_flag changing = ATOMIC_FLAG_INIT;

/* Of the masks of the program's other handlers, the part in TAKEN, which the kernel is not told. */
static _Atomic signals kept_from_handler[_NSIG];

/* Of this thread's mask, the same. A new thread starts without. */
static __thread signals kept_from_thread;

static bool is_taken(int signal) { return signal == SIGSEGV || signal == SIGILL; }

static struct wish *wish_of(int signal) { return signal == SIGSEGV ? &segv_wish : &ill_wish; }

/* The next definition of a function after this library's: libc's, or another preloaded library's. */
static void *next_named(const char *name) { return dlsym(RTLD_NEXT, name); }

static sigaction_function *next_sigaction(void) {
  static sigaction_function *_Atomic next;
  sigaction_function *function = atomic_load(&next);
  if (!function) {
    function = (sigaction_function *)next_named("sigaction");
    atomic_store(&next, function);
  }
  return function;
}

/* ---- the program's wishes ---- */

/* Nothing can interrupt the holder, so that a handler may wait for it. */
static signals lock(void) {
  signals before;
  change_mask(SIG_SETMASK, ~(signals)0, &before);
  while (atomic_flag_test_and_set_explicit(&changing, memory_order_acquire)) {
    call1(SYS_sched_yield, 0);
  }
  return before;
}

static void unlock(signals before) {
  atomic_flag_clear_explicit(&changing, memory_order_release);
  change_mask(SIG_SETMASK, before, NULL);
}

static void set_wish_locked(struct wish *wish, const struct sigaction *action) {
  atomic_fetch_add(&wish->sequence, 1);
  wish->action = *action;
  atomic_fetch_add(&wish->sequence, 1);
}

static struct sigaction get_wish(struct wish *wish) {
  struct sigaction action;
  unsigned sequence;
  do {
    sequence = atomic_load(&wish->sequence);
    action = wish->action;
    atomic_thread_fence(memory_order_acquire);
  } while (sequence % 2 != 0 || sequence != atomic_load(&wish->sequence));
  return action;
}

static bool has_handler(const struct sigaction *action) {
  return action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN;
}

/*
 * Other handlers of the program wait until the instruction is done, so that none can leave it half
 * done by a jump. What the handler itself may cause is not blocked, not even its own signal, since it
 * reads the program's memory; nor are those that end programs, in case the filesystem does not answer.
 */
static void set_mask_of_handler(sigset_t *mask) {
  static const int excepted[] = {SIGSEGV, SIGILL, SIGBUS, SIGTRAP, SIGFPE, SIGABRT,
                                 SIGINT,  SIGTERM, SIGQUIT, SIGHUP, SIGTSTP};
  *as_signals(mask) = ~LIBC_SIGNALS;
  for (size_t i = 0; i < sizeof excepted / sizeof *excepted; i++) {
    *as_signals(mask) &= ~signal_bit(excepted[i]);
  }
}

/*
 * The handler runs on the stack on which the program's handler is to run; without one, on the
 * alternate stack if there is one, for it may be there because the other is small.
 */
static int take_locked(int signal, const struct sigaction *wish, struct sigaction *before) {
  struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_NODEFER};
  int inherited = has_handler(wish) ? wish->sa_flags : SA_ONSTACK;
  action.sa_flags |= inherited & (SA_ONSTACK | SA_RESTART);
  set_mask_of_handler(&action.sa_mask);
  return next_sigaction()(signal, &action, before);
}

/* Another thread of the parent may have been changing something; it does not exist in the child. */
static void unlock_in_child(void) {
  atomic_fetch_and(&segv_wish.sequence, ~1u);
  atomic_fetch_and(&ill_wish.sequence, ~1u);
  atomic_flag_clear(&changing);
}

static void watch_forks(void) { pthread_atfork(NULL, NULL, unlock_in_child); }

void signals_take(void) {
  static const int both[] = {SIGSEGV, SIGILL};
  static pthread_once_t fork_handler = PTHREAD_ONCE_INIT;
  pthread_once(&fork_handler, watch_forks);
  next_sigaction();
  signals before = lock();
  for (int i = 0; i < 2; i++) {
    struct wish *wish = wish_of(both[i]);
    struct sigaction found;
    /* Again at each mapping: a run-time system may have gone past libc. */
    if (take_locked(both[i], &wish->action, &found) == 0 && found.sa_sigaction != on_trap) {
      set_wish_locked(wish, &found);
      take_locked(both[i], &found, NULL);
    }
  }
  atomic_store(&taken, true);
  unlock(before & ~TAKEN);
  kept_from_thread |= before & TAKEN;
}

/* ---- handing on ---- */

/* Lets the kernel end the program, with this signal's core dump, at the instruction it came from. */
static void end_program(int signal, siginfo_t *info, ucontext_t *context) {
  struct kernel_action action = {.handler = (void *)SIG_DFL};
  change_mask(SIG_BLOCK, signal_bit(signal), NULL);
  call4(SYS_rt_sigaction, signal, (long)&action, 0, sizeof action.mask);
  *as_signals(&context->uc_sigmask) &= ~signal_bit(signal);
  call4(SYS_rt_tgsigqueueinfo, call1(SYS_getpid, 0), call1(SYS_gettid, 0), signal, (long)info);
}

static void reset_wish(struct wish *wish) {
  signals before = lock();
  struct sigaction action = wish->action;
  action.sa_handler = SIG_DFL;
  action.sa_flags &= ~SA_SIGINFO;
  set_wish_locked(wish, &action);
  unlock(before);
}

void signals_deliver(int signal, siginfo_t *info, ucontext_t *context) {
  struct wish *wish = wish_of(signal);
  struct sigaction action = get_wish(wish);
  bool from_kernel = info->si_code > 0;
  if (action.sa_handler == SIG_IGN && !from_kernel) {
    return;
  }
  if (!has_handler(&action)) {
    end_program(signal, info, context);
    return;
  }
  if (action.sa_flags & SA_RESETHAND) {
    reset_wish(wish);
  }
  signals mask = signals_of(&context->uc_sigmask) | signals_of(&action.sa_mask);
  if (!(action.sa_flags & SA_NODEFER)) {
    mask |= signal_bit(signal);
  }
  signals kept = kept_from_thread;
  change_mask(SIG_SETMASK, mask, NULL);
  /* With three arguments whatever the flags: the kernel, too, sets the registers for them always. */
  action.sa_sigaction(signal, info, context);
  kept_from_thread = kept;
}

/* ---- sigaction and its relatives ---- */

static int set_other(int signal, const struct sigaction *action, struct sigaction *before) {
  if (signal < 1 || signal >= _NSIG) {
    return next_sigaction()(signal, action, before);
  }
  /* A handler that cannot be interrupted by a trap could not use a portal. */
  signals kept = atomic_load(&kept_from_handler[signal]);
  struct sigaction stripped;
  if (action) {
    stripped = *action;
    *as_signals(&stripped.sa_mask) &= ~TAKEN;
  }
  int result = next_sigaction()(signal, action ? &stripped : NULL, before);
  if (result == 0 && before) {
    *as_signals(&before->sa_mask) |= kept;
  }
  if (result == 0 && action) {
    atomic_store(&kept_from_handler[signal], signals_of(&action->sa_mask) & TAKEN);
  }
  return result;
}

static int set_wish(int signal, const struct sigaction *action, struct sigaction *before) {
  struct wish *wish = wish_of(signal);
  struct sigaction wanted;
  if (action) {
    wanted = *action; /* `before` may be the same */
  }
  struct sigaction old = wish->action;
  if (action) {
    set_wish_locked(wish, &wanted);
    take_locked(signal, &wanted, NULL);
  }
  if (before) {
    *before = old;
  }
  return 0;
}

EXPORT int sigaction(int signal, const struct sigaction *action, struct sigaction *before) {
  if (!is_taken(signal)) {
    return set_other(signal, action, before);
  }
  next_sigaction();
  signals mask = lock();
  int result = atomic_load(&taken) ? set_wish(signal, action, before)
                                   : next_sigaction()(signal, action, before);
  unlock(mask);
  return result;
}

/* Old programs know it by this name. */
EXPORT int __sigaction(int signal, const struct sigaction *action, struct sigaction *before) {
  return sigaction(signal, action, before);
}

/* signal(3) in one of its two meanings; for the other signals by libc's function of that name. */
static simple_handler set_simply(const char *name, int signal, simple_handler handler, int flags) {
  if (!is_taken(signal)) {
    signal_function *next = (signal_function *)next_named(name);
    return next(signal, handler);
  }
  struct sigaction before;
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  if (!(flags & SA_NODEFER)) {
    sigaddset(&action.sa_mask, signal);
  }
  if (handler == SIG_ERR) {
    errno = EINVAL;
    return SIG_ERR;
  }
  return sigaction(signal, &action, &before) == 0 ? before.sa_handler : SIG_ERR;
}

EXPORT simple_handler signal(int signal, simple_handler handler) {
  return set_simply("signal", signal, handler, SA_RESTART);
}

EXPORT simple_handler bsd_signal(int signal, simple_handler handler) {
  return set_simply("signal", signal, handler, SA_RESTART);
}

EXPORT simple_handler ssignal(int signal, simple_handler handler) {
  return set_simply("signal", signal, handler, SA_RESTART);
}

EXPORT simple_handler sysv_signal(int signal, simple_handler handler) {
  return set_simply("__sysv_signal", signal, handler, (int)(SA_RESETHAND | SA_NODEFER));
}

EXPORT simple_handler __sysv_signal(int signal, simple_handler handler) {
  return set_simply("__sysv_signal", signal, handler, (int)(SA_RESETHAND | SA_NODEFER));
}

/* ---- masks ---- */

/*
 * A blocked signal that an instruction causes ends the program, so the two are never blocked by these
 * functions; the program is told what it has set. 0 or -errno.
 */
static long set_mask(int how, const sigset_t *set, sigset_t *before) {
  signals old;
  signals old_kept = kept_from_thread;
  signals wanted = set ? signals_of(set) & ~LIBC_SIGNALS : 0;
  signals told = how == SIG_UNBLOCK ? wanted : wanted & ~TAKEN;
  long result = call4(SYS_rt_sigprocmask, how, set ? (long)&told : 0, (long)&old, sizeof old);
  if (result != 0) {
    return result;
  }
  if (set) {
    signals part = wanted & TAKEN;
    kept_from_thread = how == SIG_BLOCK     ? old_kept | part
                       : how == SIG_UNBLOCK ? old_kept & ~part
                                            : part;
  }
  if (before) {
    *as_signals(before) = old | old_kept;
  }
  return 0;
}

EXPORT int sigprocmask(int how, const sigset_t *set, sigset_t *before) {
  return (int)with_errno(set_mask(how, set, before));
}

EXPORT int pthread_sigmask(int how, const sigset_t *set, sigset_t *before) {
  return (int)-set_mask(how, set, before);
}
