/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory - does a descriptor ever reach memory that is not the submitter's?
 *
 *     memory MOUNT PROGRAM ROUNDS SECONDS SEED
 *
 * In each round an attacker puts long fills (with a byte that nobody else writes), moves into memory
 * that it can look at, and operations with late records in flight, by write(2), ENQCMD, MOVDIR64B or a
 * ring, all at addresses where somebody else has memory, too. PROGRAM says what becomes of it then:
 *
 *     exec      it executes another image and keeps the file
 *     late      the same, with nothing but completion records
 *     setuid    an ordinary user's executes an image that is set-user-ID root
 *     fork      it has a child that holds its own copy; or the child submits through its parent's file
 *     order     opened in one task, submitted in another, left by a third: threads, vfork, CLONE_VM, exec
 *     ring      it executes another image while its child goes on storing into its ring
 *     stranger  it ends, and a process that never submitted gets its number
 *     sharer    the same, but its memory lives on in a process that it shared it with
 *     thread    a thread that submitted ends, and another user's process gets its number and submits
 *     stall     exec, set-user-ID and numbers used again, while the work waits behind a stalled engine
 *
 * Ends after ROUNDS rounds, or after the first that ends later than SECONDS from the start; 0 SECONDS:
 * whatever they take. The queues are wq0.2, shared, and wq0.3, dedicated, of the first DSA, alone with
 * engine 2. The last line has the counts. Exit: 0 no foreign byte, 1 some, or a failure, 77 not here.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../../src/main/c/dsafs_ring.h"
#include "../../src/test/c/queue.h"
#include "../../src/test/c/random.h"
#include "board.h"

#define OWN 0x11
#define FOREIGN 0xa5
#define DESCRIPTORS 15u
#define NOBODY 65534
#define BOUND_SECONDS 20
#define SKIPPED 77

enum { BY_RING = BY_MOVDIR64B + 1 };

static struct board *board;
static char shared_node[4096], dedicated_node[4096], counters[4096], stall_file[4096];
static char image[4096], root_image[4096];
static uint64_t random_state;
static const char *program;
static unsigned long reused, seen_bytes, rounds_done;
static bool records_only;

static unsigned below(unsigned bound) { return (unsigned)(next_random(&random_state) >> 33) % bound; }

/* ---- the attacker ---- */

struct attack {
  struct queue queue;
  struct dsafs_ring *ring;
  unsigned way;
};

static bool is_open(const struct attack *attack) { return attack->queue.file >= 0; }

/* The dedicated queue, or the shared one where somebody still has the other open. */
static struct attack begin_attack(unsigned way) {
  struct attack attack = {.way = way};
  int file = open(way == BY_MOVDIR64B ? dedicated_node : shared_node, O_RDWR);
  if (file < 0 && way == BY_MOVDIR64B) {
    attack.way = BY_ENQCMD;
    file = open(shared_node, O_RDWR);
  }
  attack.queue = (struct queue){.file = file, .way = attack.way == BY_RING ? BY_ENQCMD : attack.way};
  if (file >= 0 && attack.way != BY_WRITE) {
    struct dsafs_portal_map map = {.length = PAGE, .prot = PROT_WRITE, .flags = MAP_SHARED};
    if (ioctl(file, DSAFS_IOC_PORTAL_MAP, &map) != 0) { /* mainline lets not everybody map */
      attack.way = attack.queue.way = BY_WRITE;
      return attack;
    }
    attack.queue.portal = map.handle;
    if (attack.way == BY_RING) {
      attack.ring = dsafs_ring_open(file, map.handle);
      attack.way = attack.ring ? BY_RING : BY_ENQCMD;
    }
  }
  return attack;
}

static void aim_fill(struct dsafs_descriptor *descriptor, uint64_t offset, uint32_t bytes) {
  descriptor->opcode_flags = (uint32_t)DSAFS_FILL << 24;
  memset(&descriptor->source, FOREIGN, 8);
  descriptor->destination = (uintptr_t)PLACE + offset;
  descriptor->size = bytes;
}

/* From where a victim has its secret to where all can see it. */
static void aim_move(struct dsafs_descriptor *descriptor, uint64_t offset) {
  descriptor->opcode_flags = (uint32_t)DSAFS_MOVE << 24;
  descriptor->source = (uintptr_t)PLACE + offset;
  descriptor->destination = (uintptr_t)board->seen;
  descriptor->size = SEEN_BYTES;
}

static void make_members(void) {
  for (unsigned i = 0; i < MEMBERS; i++) {
    if (i % 4 == 3) {
      aim_move(&board->members[i], i * PAGE % PLACE_BYTES / 2);
    } else {
      aim_fill(&board->members[i], i % 4 * (PLACE_BYTES / 4), PLACE_BYTES / 4);
    }
  }
}

/* Batches in front, so that the others wait. */
static void aim(struct dsafs_descriptor *list) {
  for (unsigned i = 0; i < DESCRIPTORS; i++) {
    struct dsafs_descriptor *descriptor = &list[i];
    memset(descriptor, 0, sizeof *descriptor);
    if (records_only || i % 4 == 1) {
      *descriptor = describe(DSAFS_CRC, (struct dsafs_record *)(void *)(PLACE + (i + 1) * PAGE));
      descriptor->source = (uintptr_t)PLACE;
      descriptor->size = PLACE_BYTES;
    } else if (i % 4 == 0) {
      descriptor->opcode_flags = (uint32_t)DSAFS_BATCH << 24;
      descriptor->source = (uintptr_t)board->members;
      descriptor->size = MEMBERS;
    } else if (i % 4 == 2) {
      aim_fill(descriptor, 0, PLACE_BYTES);
    } else {
      aim_move(descriptor, i * PAGE);
    }
    if (i % 4 && below(2)) {
      descriptor->opcode_flags |= DSAFS_FLAG_BLOCK_ON_FAULT;
    }
  }
}

/* What one call leaves is tried by the next, but for the descriptor that it stopped at. */
static unsigned long write_all(int file, const struct dsafs_descriptor *list) {
  unsigned long accepted = 0;
  for (unsigned i = 0; i < DESCRIPTORS; i++) {
    ssize_t taken = write(file, &list[i], (DESCRIPTORS - i) * sizeof *list);
    if (taken > 0) {
      accepted += (unsigned long)taken / sizeof *list;
      i += (unsigned)taken / sizeof *list - 1;
    }
  }
  return accepted;
}

static void attack_with(struct attack *attack) {
  struct dsafs_descriptor list[DESCRIPTORS];
  unsigned long accepted = 0;
  aim(list);
  if (attack->way == BY_WRITE) {
    accepted = write_all(attack->queue.file, list);
  } else {
    for (unsigned i = 0; i < DESCRIPTORS; i++) {
      accepted += attack->way == BY_RING ? dsafs_ring_enqcmd(attack->ring, 0, &list[i]) == 0
                                         : try_submit(&attack->queue, &list[i]) == 1;
    }
  }
  add_to(&board->accepted, accepted);
  add_to(&board->refused, DESCRIPTORS - accepted);
}

static void take_place(void) {
  if (!claim(PLACE, PLACE_BYTES, OWN)) {
    die("no memory");
  }
}

static unsigned any_way(void) { return below(4); }

/* Takes its place, opens a queue and gets its work in. */
static struct attack strike(unsigned way) {
  take_place();
  struct attack attack = begin_attack(way);
  if (is_open(&attack)) {
    attack_with(&attack);
  }
  return attack;
}

static void linger(void) {
  if (below(2)) {
    usleep(below(3000));
  }
}

static _Noreturn void become(const char *path) {
  execl(path, path, (char *)NULL);
  _exit(1);
}

static bool become_nobody(void) {
  return syscall(SYS_setresgid, NOBODY, NOBODY, NOBODY) == 0 &&
         syscall(SYS_setresuid, NOBODY, NOBODY, NOBODY) == 0;
}

/* ---- the referee ---- */

/* Also ends when nobody is left who could do it. */
static bool wait_until(const unsigned *word, unsigned least, pid_t alive) {
  double limit = now() + BOUND_SECONDS;
  while (look_at(word) < least) {
    int status;
    if (now() > limit || (alive > 0 && waitpid(alive, &status, WNOHANG | WNOWAIT) > 0)) {
      return look_at(word) >= least;
    }
    usleep(50);
  }
  return true;
}

/* What the engine has under way and in its queues. */
static long in_flight(void) {
  static char text[1 << 14];
  int file = open(counters, O_RDONLY);
  ssize_t length = file < 0 ? -1 : read(file, text, sizeof text - 1);
  close(file);
  if (length < 0) {
    die("%s: %s", counters, errno_name(errno));
  }
  text[length] = 0;
  long sum = 0;
  for (char *line = strstr(text, "\nwq"); line; line = strstr(line + 1, "\nwq")) {
    if (line[3] == '2' || line[3] == '3') {
      char *count = strstr(line, "in_flight ");
      sum += count ? atol(count + strlen("in_flight ")) : 0;
    }
  }
  return sum;
}

static void wait_for_quiet(void) {
  for (double limit = now() + BOUND_SECONDS; in_flight() > 0;) {
    if (now() > limit) {
      die("%s: %ld descriptors are still in flight after %d seconds", program, in_flight(), BOUND_SECONDS);
    }
    usleep(300);
  }
}

static bool stall(bool on) {
  int file = open(stall_file, O_WRONLY);
  const char *text = on ? "engines=0x4" : "0";
  bool done = file >= 0 && write(file, text, strlen(text)) > 0;
  close(file);
  return done;
}

static pid_t child_of(pid_t child) {
  if (child < 0) {
    die("fork: %s", errno_name(errno));
  }
  return child;
}

/* A child with that number, as nobody else may have it; 0 in the child, negative if it is not to be had. */
static pid_t fork_numbered(pid_t number) {
  struct clone_args arguments = {
      .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&number, .set_tid_size = 1};
  for (unsigned tries = 0; tries < 2000; tries++) {
    pid_t child = (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
    if (child >= 0) {
      if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
      }
      return child;
    }
    if (errno != EEXIST) {
      break;
    }
  }
  return -1;
}

static void hold_and_end(void) { _exit(!hold_canary(board, &board->stop, 200)); }

static void end(pid_t child) {
  int status;
  double limit = now() + BOUND_SECONDS;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (now() > limit) {
      die("%s: process %d does not end", program, child);
    }
    usleep(50);
  }
}

static void stop_victim(pid_t victim) {
  wait_for_quiet();
  set(&board->stop, 1);
  end(victim);
}

/* ---- programs: one round each ---- */

static void attack_and_become(const char *path, bool as_nobody) {
  unsigned way = any_way();
  pid_t child = fork_child();
  if (child == 0) {
    if (as_nobody && !become_nobody()) {
      _exit(1);
    }
    strike(way);
    linger();
    become(path);
  }
  if (!wait_until(&board->ready, 1, child)) {
    die("%s: no image came to life", program);
  }
  stop_victim(child);
}

static void round_exec(void) { attack_and_become(image, false); }

static void round_setuid(void) { attack_and_become(root_image, true); }

/* The child has its own canary, while its parent's work is done; or it attacks through its parent's file. */
static void round_fork(void) {
  bool upwards = below(2);
  unsigned way = any_way();
  pid_t parent = fork_child();
  if (parent == 0) {
    struct attack attack;
    if (upwards) {
      take_place();
      attack = begin_attack(way);
    } else {
      attack = strike(way);
    }
    pid_t child = child_of(fork());
    if (child == 0) {
      if (upwards) {
        if (wait_until(&board->ready, 1, 0) && is_open(&attack)) {
          attack.way = attack.way == BY_RING ? BY_ENQCMD : attack.way; /* has no ring */
          attack_with(&attack);
        }
        _exit(0);
      }
      hold_and_end();
    }
    if (upwards) {
      hold_and_end();
    }
    waitpid(child, NULL, 0);
    _exit(0);
  }
  if (!wait_until(&board->ready, 1, parent)) {
    die("%s: no victim", program);
  }
  if (upwards) {
    usleep(1000 + below(2000));
  }
  stop_victim(parent);
}

/* Tasks of one address space, and a function that each may run. */
enum task { MAIN, THREAD, VFORKED, SHARER, TASKS };

struct errand {
  void (*function)(struct attack *);
  struct attack *attack;
};

static int run_errand(void *argument) {
  const struct errand *errand = argument;
  errand->function(errand->attack);
  return 0;
}

static void *run_thread(void *argument) {
  run_errand(argument);
  return NULL;
}

static void open_shared(struct attack *attack) { *attack = begin_attack(attack->way); }

static void attack_if_open(struct attack *attack) {
  if (is_open(attack)) {
    attack_with(attack);
  }
}

static void open_and_attack(struct attack *attack) {
  open_shared(attack);
  attack_if_open(attack);
}

static void become_image(struct attack *attack) {
  (void)attack;
  become(image);
}

/* Waits for its end, but not for one that leaves the address space. */
static void run_in(enum task task, bool leaves, void (*function)(struct attack *), struct attack *attack) {
  static uint8_t stacks[2][256 << 10] __attribute__((aligned(64)));
  static unsigned used;
  static struct errand errand; /* survives this call */
  errand = (struct errand){function, attack};
  pthread_t thread;
  pid_t child;
  switch (task) {
    case THREAD:
      if (pthread_create(&thread, NULL, run_thread, &errand) == 0) {
        pthread_join(thread, NULL);
      }
      break;
    case VFORKED:
    case SHARER:
      child = clone(run_errand, stacks[used++ % 2] + sizeof stacks[0],
                    CLONE_VM | CLONE_FILES | SIGCHLD | (task == VFORKED ? CLONE_VFORK : 0), &errand);
      if (child > 0 && !leaves) {
        waitpid(child, NULL, 0);
      }
      break;
    default:
      run_errand(&errand);
  }
}

static void stay(struct attack *attack) {
  (void)attack;
  wait_until(&board->stop, 1, 0);
  _exit(0);
}

static void round_order(void) {
  enum task opener = below(TASKS), submitter = below(TASKS), leaver = below(TASKS);
  bool sharer_stays = below(2), forks_first = below(4) == 0;
  struct attack attack = {.way = below(2)};
  pid_t parent = fork_child();
  if (parent == 0) {
    if (forks_first) { /* so that the numbers of process and session leader differ */
      pid_t child = child_of(fork());
      if (child != 0) {
        waitpid(child, NULL, 0);
        _exit(0);
      }
    }
    take_place();
    if (opener == submitter) {
      run_in(opener, false, open_and_attack, &attack);
    } else {
      run_in(opener, false, open_shared, &attack);
      run_in(submitter, false, attack_if_open, &attack);
    }
    if (sharer_stays) {
      static uint8_t stack[64 << 10] __attribute__((aligned(64)));
      static struct errand staying = {stay, NULL};
      (void)clone(run_errand, stack + sizeof stack, CLONE_VM | SIGCHLD, &staying);
    }
    linger();
    run_in(leaver, true, become_image, &attack);
    while (waitpid(-1, NULL, 0) > 0) { /* a child has left, and this one has not */
    }
    _exit(0);
  }
  if (!wait_until(&board->ready, 1, parent)) {
    die("%s: no image came to life (%d %d %d)", program, opener, submitter, leaver);
  }
  stop_victim(parent);
}

/* Fills slot by slot, as fast as it can, whatever becomes of them. */
static _Noreturn void keep_storing(struct dsafs_ring_memory *memory) {
  static struct dsafs_descriptor list[DESCRIPTORS];
  aim(list);
  for (uint64_t ticket = 0;; ticket += DSAFS_RING_SLOTS) {
    for (unsigned i = 0; i < DSAFS_RING_SLOTS; i++) {
      struct dsafs_ring_slot *slot = &memory->slots[i];
      memcpy(slot->descriptor, &list[i % DESCRIPTORS], sizeof slot->descriptor);
      slot->ticket = ticket + i;
      slot->kind = DSAFS_RING_ENQCMD;
      slot->offset = 0;
    }
    __atomic_store_n(&memory->ready, ~UINT64_C(0), __ATOMIC_SEQ_CST);
    usleep(20);
    unsigned long accepted = 0;
    for (unsigned i = 0; i < DSAFS_RING_SLOTS; i++) {
      accepted += __atomic_exchange_n(&memory->slots[i].answer, 0, __ATOMIC_RELAXED) == 1;
    }
    add_to(&board->accepted, accepted);
  }
}

static void round_ring(void) {
  int file = memfd_create("ring", MFD_ALLOW_SEALING);
  if (file < 0 || ftruncate(file, DSAFS_RING_BYTES) != 0 ||
      fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    die("memfd: %s", errno_name(errno));
  }
  struct dsafs_ring_memory *memory =
      mmap(NULL, DSAFS_RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  memory->free = ~UINT64_C(0);
  unsigned enters = 1 + below(200);
  pid_t owner = fork_child();
  if (owner == 0) {
    take_place();
    struct queue queue = open_queue(shared_node, BY_ENQCMD);
    struct dsafs_ring_map map = {queue.portal, file, DSAFS_RING_VERSION};
    if (ioctl(queue.file, DSAFS_IOC_RING_MAP, &map) != 0) {
      die("no ring: %s", errno_name(errno));
    }
    set(&board->told, 1);
    for (unsigned i = 0; i < enters; i++) {
      struct dsafs_ring_name name = {queue.portal};
      (void)ioctl(queue.file, DSAFS_IOC_RING_ENTER, &name);
    }
    become(image);
  }
  if (!wait_until(&board->told, 1, owner)) {
    die("%s: no ring came to be", program);
  }
  pid_t storer = fork_child();
  if (storer == 0) {
    keep_storing(memory);
  }
  bool held = wait_until(&board->ready, 1, owner);
  usleep(5000);
  kill(storer, SIGKILL);
  end(storer);
  munmap(memory, DSAFS_RING_BYTES);
  close(file);
  if (!held) {
    die("%s: no image came to life", program);
  }
  stop_victim(owner);
}

static void watch_stranger(pid_t number) {
  pid_t stranger = fork_numbered(number);
  if (stranger == 0) {
    hold_and_end();
  }
  if (stranger < 0) {
    return; /* somebody else has the number */
  }
  reused++;
  if (!wait_until(&board->ready, 1, stranger)) {
    die("%s: no stranger", program);
  }
  stop_victim(stranger);
}

static void round_stranger(void) {
  unsigned way = any_way();
  bool killed = below(2);
  pid_t client = fork_child();
  if (client == 0) {
    strike(way);
    set(&board->told, 1);
    if (killed) {
      pause();
    }
    _exit(0);
  }
  wait_until(&board->told, 1, client);
  if (killed) {
    linger();
    kill(client, SIGKILL);
  }
  end(client);
  watch_stranger(client);
  wait_for_quiet();
}

/* The address space is that of the parent, too, which lives on and goes on trying; the number is not. */
static void round_sharer(void) {
  unsigned way = any_way();
  pid_t parent = fork_child();
  if (parent == 0) {
    static uint8_t stack[256 << 10] __attribute__((aligned(64)));
    static struct attack attack;
    static struct errand errand = {open_and_attack, &attack};
    attack.way = way == BY_RING ? BY_ENQCMD : way;
    take_place();
    int more = below(2) ? CLONE_VFORK : 0;
    pid_t sharer = clone(run_errand, stack + sizeof stack, CLONE_VM | CLONE_FILES | more | SIGCHLD, &errand);
    waitpid(sharer, NULL, 0);
    set(&board->number, (unsigned)sharer);
    set(&board->told, 1);
    for (;;) {
      attack_if_open(&attack);
      usleep(500);
    }
  }
  if (!wait_until(&board->told, 1, parent)) {
    die("%s: nothing was shared", program);
  }
  pid_t stranger = fork_numbered((pid_t)look_at(&board->number));
  if (stranger == 0) {
    hold_and_end();
  }
  if (stranger > 0) {
    reused++;
    wait_until(&board->ready, 1, stranger);
    usleep(below(3000));
  }
  kill(parent, SIGKILL);
  end(parent);
  wait_for_quiet();
  if (stranger > 0) {
    set(&board->stop, 1);
    end(stranger);
  }
}

static pid_t thread_victim;

static void *submit_and_end(void *queue) {
  struct dsafs_descriptor nothing = {0};
  const struct queue *open_one = queue;
  set(&board->number, (unsigned)syscall(SYS_gettid));
  (void)!write(open_one->file, &nothing, sizeof nothing);
  wait_until(&board->go, 1, 0);
  (void)!write(open_one->file, &nothing, sizeof nothing);
  syscall(SYS_exit, 0);
  return NULL;
}

/* A client that behaves; only its threads come and go. */
static _Noreturn void be_thread_victim(void) {
  static uint8_t stack[64 << 10] __attribute__((aligned(4096)));
  struct queue queue = {.file = open(shared_node, O_RDWR), .way = BY_WRITE};
  if (queue.file < 0 || !claim(PLACE, PLACE_BYTES, SECRET)) {
    _exit(1);
  }
  for (;;) {
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstack(&attributes, stack, sizeof stack);
    if (pthread_create(&thread, &attributes, submit_and_end, &queue) != 0) {
      _exit(1);
    }
    wait_until(&board->stop, 1, 0);
    look_around(board);
    set(&board->ready, 1);
    while (look_at(&board->stop)) {
      usleep(20);
    }
  }
}

static void round_thread(void) {
  if (thread_victim == 0) {
    thread_victim = fork_child();
    if (thread_victim == 0) {
      be_thread_victim();
    }
  }
  if (!wait_until(&board->number, 1, thread_victim)) {
    die("%s: no thread", program);
  }
  pid_t number = (pid_t)look_at(&board->number);
  unsigned way = below(2);
  set(&board->go, 1);
  while (syscall(SYS_tgkill, thread_victim, number, 0) == 0) {
  }
  pid_t attacker = fork_numbered(number);
  if (attacker == 0) {
    if (become_nobody()) {
      struct attack attack = begin_attack(way);
      attack_if_open(&attack);
    }
    _exit(0);
  }
  if (attacker > 0) {
    reused++;
    end(attacker);
  }
  wait_for_quiet();
  set(&board->stop, 1);
  if (!wait_until(&board->ready, 1, thread_victim)) {
    die("%s: the victim is gone", program);
  }
}

static void round_stall(void) {
  enum { EXEC, SETUID, STRANGER, MOVED_ON };
  bool root = geteuid() == 0;
  unsigned way = any_way(), what = below(root ? MOVED_ON : EXEC + 1);
  if (!stall(true)) {
    die("%s: %s", stall_file, errno_name(errno));
  }
  pid_t child = fork_child();
  if (child == 0) {
    if (what == SETUID && !become_nobody()) {
      _exit(1);
    }
    strike(way);
    set(&board->told, 1);
    if (what == STRANGER) {
      pause();
    }
    become(what == EXEC ? image : root_image);
  }
  pid_t victim = child;
  bool told = wait_until(&board->told, 1, child);
  if (told && what == STRANGER) {
    kill(child, SIGKILL);
    /* Its files are closed meanwhile, which may wait for the engine. */
    double limit = now() + 0.5;
    pid_t reaped;
    while ((reaped = waitpid(child, NULL, WNOHANG)) == 0 && now() < limit) {
      usleep(50);
    }
    if (reaped == 0) {
      stall(false);
      end(child);
    }
    victim = fork_numbered(child);
    if (victim == 0) {
      hold_and_end();
    }
    reused += victim > 0;
  }
  bool held = told && victim > 0 && wait_until(&board->ready, 1, victim);
  stall(false);
  if (victim > 0) {
    stop_victim(victim);
  }
  if (!told || (victim > 0 && !held)) {
    die("%s: no victim", program);
  }
  wait_for_quiet();
}

struct program {
  const char *name;
  void (*round)(void);
  bool needs_root;
};

static const struct program programs[] = {
    {"exec", round_exec, false},   {"late", round_exec, false},
    {"setuid", round_setuid, true}, {"fork", round_fork, false},
    {"order", round_order, false}, {"ring", round_ring, false},
    {"stranger", round_stranger, true}, {"sharer", round_sharer, true},
    {"thread", round_thread, true}, {"stall", round_stall, false},
};

/* ---- all rounds ---- */

static void find_files(const char *mount) {
  char directory[3000];
  snprintf(shared_node, sizeof shared_node, "%.2000s/dev/dsa/wq0.2", mount);
  snprintf(dedicated_node, sizeof dedicated_node, "%.2000s/dev/dsa/wq0.3", mount);
  snprintf(directory, sizeof directory, "%.2000s/sys/bus/dsa/devices/dsa0", mount);
  char *real = realpath(directory, NULL);
  char *parent = real ? strrchr(real, '/') : NULL;
  if (!parent) {
    die("%s: %s", directory, errno_name(errno));
  }
  *parent = 0; /* the function's directory is called as its address is */
  const char *function = strrchr(real, '/') + 1;
  snprintf(counters, sizeof counters, "%.2000s/sys/kernel/debug/dsafs/%s/counters", mount, function);
  snprintf(stall_file, sizeof stall_file, "%.2000s/sys/kernel/debug/dsafs/%s/inject/stall", mount, function);
  free(real);
  ssize_t length = readlink("/proc/self/exe", image, sizeof image - 32);
  if (length < 0) {
    die("/proc/self/exe: %s", errno_name(errno));
  }
  image[length] = 0;
  *strrchr(image, '/') = 0;
  snprintf(root_image, sizeof root_image, "%.3000s/canary-root", image);
  strcat(image, "/canary");
}

static void make_board(void) {
  int file = memfd_create("board", 0);
  if (file < 0 || ftruncate(file, sizeof *board) != 0 || dup2(file, BOARD_FILE) < 0) {
    die("memfd: %s", errno_name(errno));
  }
  close(file);
  board = mmap(BOARD_AT, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, BOARD_FILE, 0);
  if (board == MAP_FAILED) {
    die("mmap: %s", errno_name(errno));
  }
}

/* In whole blocks: a completion record may have the secret's byte in it by chance. */
static void count_seen(void) {
  uint8_t secret[64];
  memset(secret, SECRET, sizeof secret);
  for (size_t i = 0; i < SEEN_BYTES; i += sizeof secret) {
    if (memcmp(&board->seen[i], secret, sizeof secret) == 0) {
      seen_bytes += sizeof secret;
    }
  }
  memset(board->seen, 0, SEEN_BYTES);
}

static void reset_board(void) {
  board->number = board->go = board->told = 0;
  set(&board->ready, 0);
  set(&board->stop, 0);
}

static bool is_root_image_good(void) {
  struct stat status;
  return stat(root_image, &status) == 0 && status.st_mode & S_ISUID && status.st_uid == 0;
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fputs("usage: memory MOUNT PROGRAM ROUNDS SECONDS SEED\n", stderr);
    return 2;
  }
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  const struct program *chosen = NULL;
  program = argv[2];
  for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
    if (strcmp(programs[i].name, program) == 0) {
      chosen = &programs[i];
    }
  }
  if (!chosen) {
    die("no program '%s'", program);
  }
  find_files(argv[1]);
  if (chosen->needs_root && (geteuid() != 0 || !is_root_image_good())) {
    printf("program=%s skipped: needs root\n", program);
    return SKIPPED;
  }
  unsigned long rounds = strtoul(argv[3], NULL, 10);
  double begin = now(), seconds = atof(argv[4]);
  random_state = strtoull(argv[5], NULL, 10) * 0x9e3779b97f4a7c15ull + 1;
  records_only = strcmp(program, "late") == 0;
  make_board();
  make_members();

  pid_t bystander = fork_child();
  if (bystander == 0) {
    _exit(!hold_canary(board, &board->over, 20000));
  }
  if (!wait_until(&board->ready, 1, bystander)) {
    die("no bystander");
  }
  while (rounds_done < rounds && (rounds_done == 0 || seconds == 0 || now() < begin + seconds)) {
    reset_board();
    chosen->round();
    count_seen();
    rounds_done++;
  }
  set(&board->over, 1);
  end(bystander);
  printf("program=%s rounds=%lu reused=%lu accepted=%lu refused=%lu root_images=%u written=%lu read=%lu\n",
         program, rounds_done, reused, board->accepted, board->refused, board->privileged, board->written,
         seen_bytes);
  return board->written || seen_bytes;
}
