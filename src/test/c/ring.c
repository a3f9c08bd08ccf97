/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring - submits through shared memory (dsafs_ring.h), well and badly.
 *
 *     ring work QUEUE WAY THREADS COUNT    moves, all checked; as many as said, in all
 *     ring order QUEUE COUNT               posted stores reach a queue with one engine in order
 *     ring nested QUEUE SECONDS            submits in signal handlers that interrupt submissions
 *     ring errors QUEUE                    each errno of the ring's ioctls
 *     ring fork QUEUE                      what a child can do with its parent's ring
 *     ring exec QUEUE                      leaves the queue open to another program, and waits
 *     ring idle QUEUE                      works, says so, and waits for the end of its input
 *     ring end QUEUE                       unmaps the portal under threads that submit
 *     ring last QUEUE HOW ROUNDS           posts and ends the ring at once, by unring, unmap, close, or
 *                                          close while a child has the file
 *     ring kill QUEUE WAY COUNT            so many processes killed in the midst of it
 *     ring scribble QUEUE SECONDS SEED     processes fill their rings with anything
 *     ring crowd QUEUE PROCESSES COUNT     so many processes at once, each with so many moves
 *     ring blocked SHARED DEDICATED COUNT  moves, while another process's memory does not answer
 *
 * The last line is of what came of it; exit code 1 if anything was not as it should be, 77 where the
 * machine cannot do it.
 */
#define _GNU_SOURCE
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "../../main/c/dsafs_ring.h"
#include "queue.h"
#include "random.h"

#define DEPTH 8u
#define LARGEST 512u

static struct dsafs_ring *ring_of(const struct queue *queue) {
  struct dsafs_ring *ring = dsafs_ring_open(queue->file, queue->portal);
  if (!ring) {
    die("no ring: %s", errno_name(errno));
  }
  return ring;
}

static int put(struct dsafs_ring *ring, enum way way, const void *descriptor) {
  return way == BY_ENQCMD ? dsafs_ring_enqcmd(ring, 64, descriptor)
                          : dsafs_ring_movdir64b(ring, 64, descriptor);
}

static void put_surely(struct dsafs_ring *ring, enum way way, const void *descriptor) {
  double limit = now() + TIMEOUT_SECONDS;
  int answer;
  while ((answer = put(ring, way, descriptor)) == 1) {
    if (now() > limit) {
      die("the queue is full for %d seconds", TIMEOUT_SECONDS);
    }
    sched_yield();
  }
  if (answer != 0) {
    die("refused: %s", errno_name(-answer));
  }
}

/* ---- work ---- */

struct worker {
  pthread_t thread;
  struct dsafs_ring *ring;
  enum way way;
  unsigned count;
  uint64_t seed;
};

struct flight {
  struct dsafs_record record;
  uint32_t length;
  uint8_t source[LARGEST], destination[LARGEST + 1];
};

static void land(struct flight *flight) {
  wait_for(&flight->record);
  if (flight->record.status != DSAFS_SUCCESS ||
      memcmp(flight->source, flight->destination, flight->length) != 0 ||
      flight->destination[flight->length] != 0xee) {
    die("a move of %u bytes went wrong, status 0x%02x", flight->length, flight->record.status);
  }
}

/* As many at a time as fit into a queue, since one that is dedicated drops the rest. */
static void *work(void *argument) {
  struct worker *worker = argument;
  struct flight *flights = map_pages((DEPTH * sizeof *flights + PAGE - 1) / PAGE);
  for (unsigned i = 0; i < worker->count; i++) {
    struct flight *flight = &flights[i % DEPTH];
    if (i >= DEPTH) {
      land(flight);
    }
    flight->record.status = 0;
    flight->length = 1 + (uint32_t)(next_random(&worker->seed) % LARGEST);
    memset(flight->source, (int)next_random(&worker->seed), flight->length);
    memset(flight->destination, 0xee, sizeof flight->destination);
    flight->source[0] = (uint8_t)i;
    struct dsafs_descriptor move = describe(DSAFS_MOVE, &flight->record);
    move.source = (uintptr_t)flight->source;
    move.destination = (uintptr_t)flight->destination;
    move.size = flight->length;
    put_surely(worker->ring, worker->way, &move);
  }
  for (unsigned i = 0; i < DEPTH && i < worker->count; i++) {
    land(&flights[i]);
  }
  munmap(flights, (DEPTH * sizeof *flights + PAGE - 1) / PAGE * PAGE);
  return NULL;
}

static void work_by(const struct queue *queue, enum way way, unsigned threads, unsigned count) {
  struct worker workers[64];
  struct dsafs_ring *ring = ring_of(queue);
  threads = threads > 64 ? 64 : threads;
  for (unsigned i = 0; i < threads; i++) {
    workers[i] = (struct worker){
        .ring = ring, .way = way, .count = count / threads, .seed = 1 + i * 77 + (uint64_t)getpid()};
    if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) {
      die("pthread_create");
    }
  }
  for (unsigned i = 0; i < threads; i++) {
    pthread_join(workers[i].thread, NULL);
  }
  dsafs_ring_close(ring);
}

/* Each fill writes its number over that of the one before, so the numbers only grow. */
static void keep_order(const char *path, unsigned count) {
  struct queue queue = open_queue(path, BY_MOVDIR64B);
  struct dsafs_ring *ring = ring_of(&queue);
  struct dsafs_record *records = map_pages(1);
  volatile uint64_t *number = map_pages(1);
  *number = 0; /* the page is there now */
  for (uint64_t i = 1; i <= count; i++) {
    struct dsafs_record *record = &records[i % DEPTH];
    if (i > DEPTH) {
      wait_for(record);
      if (record->status != DSAFS_SUCCESS || *number < i - DEPTH) {
        die("%lu was overtaken: %lu", (unsigned long)(i - DEPTH), (unsigned long)*number);
      }
    }
    record->status = 0;
    struct dsafs_descriptor fill = describe(DSAFS_FILL, record);
    fill.source = i;
    fill.destination = (uintptr_t)number;
    fill.size = 8;
    put_surely(ring, BY_MOVDIR64B, &fill);
  }
  wait_for(&records[count % DEPTH]);
  if (*number != count) {
    die("the last one is %lu", (unsigned long)*number);
  }
  dsafs_ring_close(ring);
  printf("%u in order\n", count);
}

/* ---- signal handlers ---- */

static struct dsafs_ring *handlers_ring;
static struct dsafs_record *handlers_record;
static volatile unsigned long handled, wrong;

static void submit_in_handler(int number) {
  (void)number;
  struct dsafs_descriptor noop = describe(DSAFS_NOOP, handlers_record);
  handlers_record->status = 0;
  errno = 4711;
  int answer;
  while ((answer = dsafs_ring_enqcmd(handlers_ring, 0, &noop)) == 1) {
  }
  wrong += answer != 0 || errno != 4711;
  wait_for(handlers_record);
  handled++;
}

static void submit_nested(const char *path, unsigned seconds) {
  struct queue queue = open_queue(path, BY_ENQCMD);
  struct sigaction action = {.sa_handler = submit_in_handler, .sa_flags = SA_RESTART};
  struct itimerval often = {{0, 137}, {0, 137}}, never = {{0, 0}, {0, 0}};
  handlers_ring = ring_of(&queue);
  handlers_record = map_pages(1);
  sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &often, NULL);
  unsigned done = 0;
  for (double end = now() + seconds; now() < end; done++) {
    struct worker worker = {.ring = handlers_ring, .way = BY_ENQCMD, .count = 100, .seed = done + 1};
    work(&worker);
  }
  setitimer(ITIMER_REAL, &never, NULL);
  if (wrong || !handled) {
    die("%lu of %lu handlers went wrong", wrong, handled);
  }
  dsafs_ring_close(handlers_ring);
  printf("nested %s\n", handled > 100 ? "many" : "few");
}

/* ---- errors ---- */

static int memory_file(off_t size, unsigned seals) {
  int file = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0 || ftruncate(file, size) != 0 || fcntl(file, F_ADD_SEALS, seals) != 0) {
    die("memfd: %s", errno_name(errno));
  }
  return file;
}

static void show(const char *what, int result) {
  printf("%s: %s\n", what, result == 0 ? "ok" : errno_name(errno));
}

static int map_ring(int queue, uint64_t handle, int file, uint32_t version) {
  struct dsafs_ring_map request = {.handle = handle, .file = file, .version = version};
  return ioctl(queue, DSAFS_IOC_RING_MAP, &request);
}

static int by_name(int queue, unsigned long command, uint64_t handle) {
  struct dsafs_ring_name request = {.handle = handle};
  return ioctl(queue, command, &request);
}

static void show_errors(const char *path) {
  const unsigned seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  struct queue queue = open_queue(path, BY_ENQCMD);
  int good = memory_file(DSAFS_RING_BYTES, seals), pipes[2];
  struct dsafs_portal_map readable = {.length = PAGE, .prot = PROT_READ, .flags = MAP_SHARED};
  if (pipe(pipes) != 0 || ioctl(queue.file, DSAFS_IOC_PORTAL_MAP, &readable) != 0) {
    die("preparation: %s", errno_name(errno));
  }
  show("another version", map_ring(queue.file, 0, -1, 2));
  show("no mapping", map_ring(queue.file, 0, -1, 1));
  show("mapped for reading", map_ring(queue.file, readable.handle, good, 1));
  show("no file", map_ring(queue.file, queue.portal, -1, 1));
  show("closed file", map_ring(queue.file, queue.portal, 9999, 1));
  show("pipe", map_ring(queue.file, queue.portal, pipes[0], 1));
  show("itself", map_ring(queue.file, queue.portal, queue.file, 1));
  show("file", map_ring(queue.file, queue.portal, open("/proc/self/exe", O_RDONLY), 1));
  show("not sealed", map_ring(queue.file, queue.portal, memory_file(DSAFS_RING_BYTES, 0), 1));
  show("can shrink",
       map_ring(queue.file, queue.portal,
                memory_file(DSAFS_RING_BYTES, F_SEAL_GROW | F_SEAL_SEAL), 1));
  show("not writable",
       map_ring(queue.file, queue.portal, memory_file(DSAFS_RING_BYTES, seals | F_SEAL_WRITE), 1));
  show("too small", map_ring(queue.file, queue.portal, memory_file(PAGE, seals), 1));
  show("too large", map_ring(queue.file, queue.portal, memory_file(1 << 20, seals), 1));
  show("enter without ring", by_name(queue.file, DSAFS_IOC_RING_ENTER, queue.portal));
  show("unmap without ring", by_name(queue.file, DSAFS_IOC_RING_UNMAP, queue.portal));
  show("good", map_ring(queue.file, queue.portal, good, 1));
  show("a second", map_ring(queue.file, queue.portal, good, 1));
  show("enter", by_name(queue.file, DSAFS_IOC_RING_ENTER, queue.portal));
  show("unmap", by_name(queue.file, DSAFS_IOC_RING_UNMAP, queue.portal));
  show("again", map_ring(queue.file, queue.portal, good, 1));

  struct dsafs_portal_unmap unmap = {.handle = queue.portal};
  struct queue other = open_queue(path, BY_ENQCMD);
  struct dsafs_ring *ring = ring_of(&other);
  struct dsafs_descriptor reserved = {.pasid_priv = 1u << 20};
  show("enqcmd", errno = -dsafs_ring_enqcmd(ring, 0, &(struct dsafs_descriptor){0}));
  show("reserved bits", errno = -dsafs_ring_enqcmd(ring, 0, &reserved));
  show("no slot", errno = -dsafs_ring_enqcmd(ring, 32, &reserved));
  show("no page", errno = -dsafs_ring_movdir64b(ring, 4096, &reserved));
  unmap.handle = other.portal;
  show("unmap portal", ioctl(other.file, DSAFS_IOC_PORTAL_UNMAP, &unmap));
  show("enqcmd after", errno = -dsafs_ring_enqcmd(ring, 0, &(struct dsafs_descriptor){0}));
  show("movdir64b after", errno = -dsafs_ring_movdir64b(ring, 0, &(struct dsafs_descriptor){0}));
}

/* ---- fork and exec ---- */

static void show_fork(const char *path) {
  struct queue queue = open_queue(path, BY_ENQCMD);
  struct dsafs_ring *ring = ring_of(&queue);
  struct dsafs_ring_memory *memory = ring->memory;
  struct dsafs_descriptor noop = {0};
  if (fork_child() == 0) {
    show("child enqcmd", errno = -dsafs_ring_enqcmd(ring, 0, &noop));
    show("child movdir64b", errno = -dsafs_ring_movdir64b(ring, 0, &noop));
    show("child enter", by_name(queue.file, DSAFS_IOC_RING_ENTER, queue.portal));
    show("child unmap", by_name(queue.file, DSAFS_IOC_RING_UNMAP, queue.portal));
    unsigned char in_core;
    show("child memory", mincore(memory, PAGE, &in_core));
    fflush(stdout);
    _exit(0);
  }
  wait(NULL);
  show("parent enqcmd", errno = -dsafs_ring_enqcmd(ring, 0, &noop));
  dsafs_ring_close(ring);
}

/* The queue's file goes on to the new image, the ring does not. */
static void leave_open(const char *path) {
  struct queue queue = open_queue(path, BY_ENQCMD);
  put_surely(ring_of(&queue), BY_ENQCMD, &(struct dsafs_descriptor){0});
  execl("/bin/cat", "cat", (char *)NULL);
  die("exec: %s", errno_name(errno));
}

static void be_idle(const char *path) {
  struct queue queue = open_queue(path, BY_ENQCMD);
  struct dsafs_ring *ring = ring_of(&queue);
  struct worker worker = {.ring = ring, .way = BY_ENQCMD, .count = 1000, .seed = 1};
  work(&worker);
  puts("idle");
  fflush(stdout);
  while (getchar() != EOF) {
  }
  work(&worker);
  dsafs_ring_close(ring);
  puts("done");
}

/* ---- the last stores before the end ---- */

#define LAST 32u

/* So that the daemon looks at the ring by itself. */
static void warm_up(struct dsafs_ring *ring, struct dsafs_record *record) {
  struct dsafs_descriptor noop = describe(DSAFS_NOOP, record);
  for (unsigned i = 0; i < 100; i++) {
    record->status = 0;
    put_surely(ring, BY_MOVDIR64B, &noop);
    wait_for(record);
  }
}

/* Holds the file until its input ends. */
static pid_t hold_in_child(const int pipes[2]) {
  pid_t child = fork_child();
  if (child == 0) {
    char byte;
    close(pipes[1]);
    _exit(read(pipes[0], &byte, 1) == 0 ? 0 : 1);
  }
  return child;
}

static void end_mapping(const struct queue *queue, const char *how) {
  struct dsafs_portal_unmap unmap = {.handle = queue->portal};
  int result = strcmp(how, "unring") == 0 ? by_name(queue->file, DSAFS_IOC_RING_UNMAP, queue->portal)
               : strcmp(how, "unmap") == 0 ? ioctl(queue->file, DSAFS_IOC_PORTAL_UNMAP, &unmap)
                                           : close(queue->file);
  if (result != 0) {
    die("%s: %s", how, errno_name(errno));
  }
}

static void post_last(const char *path, const char *how, unsigned rounds) {
  struct dsafs_record *records = map_pages(1);
  uint64_t *numbers = map_pages(1);
  bool forks = strcmp(how, "fork") == 0;
  for (unsigned round = 1; round <= rounds; round++) {
    struct queue queue = open_queue(path, BY_MOVDIR64B);
    struct dsafs_ring *ring = ring_of(&queue);
    struct dsafs_ring_memory *memory = ring->memory;
    int pipes[2];
    if (pipe(pipes) != 0) {
      die("pipe: %s", errno_name(errno));
    }
    pid_t holder = forks ? hold_in_child(pipes) : 0;
    memset(records, 0, PAGE);
    memset(numbers, 0, PAGE);
    warm_up(ring, &records[LAST]);
    for (unsigned i = 0; i < LAST; i++) {
      struct dsafs_descriptor fill = describe(DSAFS_FILL, &records[i]);
      fill.source = (uint64_t)round << 32 | (i + 1);
      fill.destination = (uintptr_t)&numbers[i];
      fill.size = 8;
      put_surely(ring, BY_MOVDIR64B, &fill);
    }
    end_mapping(&queue, how);
    for (unsigned i = 0; i < LAST; i++) {
      wait_for(&records[i]);
      if (records[i].status != DSAFS_SUCCESS || numbers[i] != ((uint64_t)round << 32 | (i + 1))) {
        die("store %u of round %u went wrong, status 0x%02x", i, round, records[i].status);
      }
    }
    close(pipes[0]);
    close(pipes[1]);
    if (holder) {
      waitpid(holder, NULL, 0);
    }
    munmap(memory, DSAFS_RING_BYTES);
    if (strcmp(how, "unring") == 0 || strcmp(how, "unmap") == 0) {
      close(queue.file);
    }
  }
  printf("%u arrived\n", rounds * LAST);
}

/* ---- the end of a ring in use ---- */

static void *submit_until_refused(void *argument) {
  struct dsafs_ring *ring = argument;
  struct dsafs_descriptor noop = {0};
  int answer;
  do {
    answer = dsafs_ring_enqcmd(ring, 0, &noop);
  } while (answer >= 0);
  return (void *)(intptr_t)answer;
}

static void end_in_use(const char *path) {
  struct queue queue = open_queue(path, BY_ENQCMD);
  for (unsigned i = 0; i < 20; i++) {
    struct dsafs_portal_map map = {.length = PAGE, .prot = PROT_WRITE, .flags = MAP_SHARED};
    pthread_t threads[4];
    if (ioctl(queue.file, DSAFS_IOC_PORTAL_MAP, &map) != 0) {
      die("mapping: %s", errno_name(errno));
    }
    struct dsafs_ring *ring = dsafs_ring_open(queue.file, map.handle);
    for (unsigned t = 0; t < 4; t++) {
      pthread_create(&threads[t], NULL, submit_until_refused, ring);
    }
    usleep(1000 + i * 100);
    struct dsafs_portal_unmap unmap = {.handle = map.handle};
    if (ioctl(queue.file, DSAFS_IOC_PORTAL_UNMAP, &unmap) != 0) {
      die("unmapping: %s", errno_name(errno));
    }
    for (unsigned t = 0; t < 4; t++) {
      void *answer;
      pthread_join(threads[t], &answer);
      if ((intptr_t)answer != -EFAULT) {
        die("refused: %s", errno_name(-(int)(intptr_t)answer));
      }
    }
    dsafs_ring_close(ring);
  }
  puts("all told");
}

/* ---- killed in the midst of it ---- */

static void kill_many(const char *path, enum way way, unsigned count) {
  uint64_t seed = 1;
  for (unsigned i = 0; i < count; i++) {
    int told[2];
    char byte;
    if (pipe(told) != 0) {
      die("pipe: %s", errno_name(errno));
    }
    pid_t child = fork_child();
    if (child == 0) {
      struct queue queue = open_queue(path, way);
      if (write(told[1], "!", 1) == 1) {
        for (;;) {
          work_by(&queue, way, 3, 100000);
        }
      }
      _exit(1);
    }
    close(told[1]);
    if (read(told[0], &byte, 1) != 1) {
      die("process %u did not get to work", i);
    }
    close(told[0]);
    usleep((useconds_t)(next_random(&seed) % 20000));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
  }
  printf("survived %u kills\n", count);
}

/* ---- hostile ---- */

static _Noreturn void scribble(const char *path, uint64_t seed) {
  struct queue queue = open_queue(path, BY_ENQCMD);
  struct dsafs_ring *ring = ring_of(&queue);
  uint64_t *words = (uint64_t *)ring->memory;
  struct dsafs_descriptor noop = {0};
  for (;;) {
    uint64_t choice = next_random(&seed), value = next_random(&seed);
    size_t at = choice % (DSAFS_RING_BYTES / 8);
    if (choice >> 60 < 4) {
      at = (choice >> 20) % 4 * 8; /* the words at the front */
    }
    __atomic_store_n(&words[at], choice >> 59 & 1 ? value : value & (value >> 7) % 5, __ATOMIC_RELAXED);
    if ((choice >> 32) % 64 == 0) {
      by_name(queue.file, DSAFS_IOC_RING_ENTER, queue.portal);
    }
    if ((choice >> 40) % 4096 == 0) {
      madvise(words, DSAFS_RING_BYTES, MADV_REMOVE);
    }
    if ((choice >> 40) % 512 == 1) {
      words[0] = value | 1; /* so that it does not wait for a slot for ever */
      words[24] &= ~0xffffffff00000000ull;
      struct itimerval soon = {{0, 0}, {0, 20000}};
      setitimer(ITIMER_REAL, &soon, NULL); /* ends this process if it does */
      (void)dsafs_ring_movdir64b(ring, 0, &noop);
    }
  }
}

static void let_scribble(const char *path, unsigned seconds, uint64_t seed) {
  struct queue queue = open_queue(path, BY_ENQCMD);
  unsigned born = 0, running = 0, moved = 0;
  pid_t children[4];
  for (double end = now() + seconds; now() < end; moved += 1000) {
    while (running < 4) {
      seed = seed * 31 + 7;
      pid_t child = fork_child();
      if (child == 0) {
        close(queue.file);
        scribble(path, seed | 1);
      }
      children[running++] = child;
      born++;
    }
    work_by(&queue, BY_ENQCMD, 2, 1000);
    if (moved % 16000 == 0) {
      kill(children[running - 1], SIGKILL);
    }
    for (unsigned i = 0; i < running; i++) {
      if (waitpid(children[i], NULL, WNOHANG) > 0) {
        children[i] = children[--running];
      }
    }
  }
  for (unsigned i = 0; i < running; i++) {
    kill(children[i], SIGKILL);
    waitpid(children[i], NULL, 0);
  }
  printf("survived %u processes, %u moves\n", born, moved);
}

static void crowd(const char *path, unsigned processes, unsigned count) {
  for (unsigned i = 0; i < processes; i++) {
    if (fork_child() == 0) {
      struct queue queue = open_queue(path, BY_ENQCMD);
      work_by(&queue, BY_ENQCMD, 1, count);
      exit(0);
    }
  }
  int status, failed = 0;
  while (wait(&status) > 0) {
    failed += status != 0;
  }
  if (failed) {
    die("%d processes failed", failed);
  }
  printf("%u processes, %u moves\n", processes, processes * count);
}

/* A page that nobody ever brings in. */
static void *page_without_answer(void) {
  int file = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
  struct uffdio_api api = {.api = UFFD_API};
  void *page = map_pages(1);
  struct uffdio_register range = {.range = {.start = (uintptr_t)page, .len = PAGE},
                                  .mode = UFFDIO_REGISTER_MODE_MISSING};
  if (file < 0 || ioctl(file, UFFDIO_API, &api) != 0 || ioctl(file, UFFDIO_REGISTER, &range) != 0) {
    return NULL;
  }
  return page;
}

/*
 * Leaves the daemon with a store that does not end. Not by a call of its own: that could not be
 * killed before the daemon answers it, and the daemon would wait for this process's memory.
 */
static _Noreturn void block_daemon(const char *path, int told) {
  void *page = page_without_answer();
  if (page) {
    struct queue queue = open_queue(path, BY_MOVDIR64B);
    struct dsafs_ring *ring = ring_of(&queue);
    struct worker worker = {.ring = ring, .way = BY_MOVDIR64B, .count = 10, .seed = 1};
    struct dsafs_descriptor move = describe(DSAFS_MOVE, map_pages(1));
    move.source = (uintptr_t)page;
    move.destination = (uintptr_t)map_pages(1);
    move.size = PAGE;
    do {
      work(&worker);
    } while (__atomic_load_n(&ring->memory->need_enter, __ATOMIC_ACQUIRE));
    (void)dsafs_ring_movdir64b(ring, 0, &move);
    if (write(told, "!", 1) == 1) {
      for (;;) {
        pause();
      }
    }
  }
  _exit(77);
}

static void work_beside_blocked(const char *path, const char *dedicated, unsigned count) {
  int told[2];
  char byte = 0;
  if (pipe(told) != 0) {
    die("pipe: %s", errno_name(errno));
  }
  pid_t child = fork_child();
  if (child == 0) {
    block_daemon(dedicated, told[1]);
  }
  close(told[1]);
  if (read(told[0], &byte, 1) != 1) {
    exit(77);
  }
  struct queue queue = open_queue(path, BY_ENQCMD);
  double begin = now();
  for (unsigned i = 0; i < 10; i++) {
    work_by(&queue, BY_ENQCMD, 2, count / 10);
    usleep(20000);
  }
  bool held_up = now() - begin > 10;
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  printf("held up: %s\n", held_up ? "yes" : "no");
}

static unsigned number(const char *text) { return (unsigned)strtoul(text, NULL, 10); }

int main(int argc, char **argv) {
  const char *what = argc > 2 ? argv[1] : "", *path = argc > 2 ? argv[2] : "";
  if (argc == 6 && strcmp(what, "work") == 0) {
    struct queue queue = open_queue(path, way_named(argv[3]));
    work_by(&queue, queue.way, number(argv[4]), number(argv[5]));
    printf("%s moved\n", argv[5]);
  } else if (argc == 4 && strcmp(what, "order") == 0) {
    keep_order(path, number(argv[3]));
  } else if (argc == 4 && strcmp(what, "nested") == 0) {
    submit_nested(path, number(argv[3]));
  } else if (argc == 3 && strcmp(what, "errors") == 0) {
    show_errors(path);
  } else if (argc == 3 && strcmp(what, "fork") == 0) {
    show_fork(path);
  } else if (argc == 3 && strcmp(what, "exec") == 0) {
    leave_open(path);
  } else if (argc == 3 && strcmp(what, "idle") == 0) {
    be_idle(path);
  } else if (argc == 3 && strcmp(what, "end") == 0) {
    end_in_use(path);
  } else if (argc == 5 && strcmp(what, "last") == 0) {
    post_last(path, argv[3], number(argv[4]));
  } else if (argc == 5 && strcmp(what, "kill") == 0) {
    kill_many(path, way_named(argv[3]), number(argv[4]));
  } else if (argc == 5 && strcmp(what, "scribble") == 0) {
    let_scribble(path, number(argv[3]), number(argv[4]));
  } else if (argc == 5 && strcmp(what, "crowd") == 0) {
    crowd(path, number(argv[3]), number(argv[4]));
  } else if (argc == 5 && strcmp(what, "blocked") == 0) {
    work_beside_blocked(path, argv[3], number(argv[4]));
  } else {
    die("usage: see ring.c");
  }
  return 0;
}
