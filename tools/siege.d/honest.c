/* SPDX-License-Identifier: Apache-2.0 */
/*
 * honest - a client that behaves, until SIGTERM, and counts what becomes of it.
 *
 *     honest QUEUE WAY SEED BOUND END
 *
 * WAY: write, enqcmd, ring; movdir64b and post (by ring) with a dedicated queue. Some descriptors are
 * always under way: moves, fills, comparisons, checksums, batches, no-ops, with every byte looked at
 * afterwards. One whose record is not there BOUND seconds after it was accepted is lost, and is said to
 * be. Now and then it closes its ring or its file with work under way, and opens it anew.
 *
 * END says what may happen to the queue. stays: nothing. drained: the daemon ends as by SIGTERM; what
 * was accepted before has its record. killed: the daemon is killed; what is under way then is gone.
 *
 * The last line has the counts: submitted = accepted + refused, accepted = completed + gone + lost. A
 * refusal is a retry, or an errno when the daemon has gone. Exit: 0 nothing lost or wrong, 1 otherwise.
 */
#define _GNU_SOURCE
#include <signal.h>

#include "../../src/main/c/dsafs_ring.h"
#include "../../src/test/c/queue.h"
#include "../../src/test/c/random.h"

#define FLIGHTS 8u
#define MEMBERS 8u
#define SMALL 4096u
#define LARGE (256u << 10)
#define MARGIN 64u
#define GUARD 0xee

enum { BY_RING = BY_MOVDIR64B + 1, BY_POST };

struct flight {
  bool under_way;
  uint8_t opcode;
  uint32_t size;
  uint64_t pattern;
  uint32_t crc;
  double since;
  struct dsafs_descriptor descriptor, *members;
  struct dsafs_record *record, *member_records;
  uint8_t *source, *destination; /* LARGE, and a margin after the second */
};

static struct flight flights[FLIGHTS];
static const char *path, *way_name;
static unsigned way;
static struct queue queue;
static struct dsafs_ring *ring;
static uint64_t random_state;
static double bound, longest;
static unsigned long submitted, accepted, refused, completed, gone, lost, wrong, faulted;
static bool may_end, may_be_killed, ended;
static volatile sig_atomic_t told_to_stop;

static unsigned below(unsigned limit) { return (unsigned)(next_random(&random_state) >> 33) % limit; }

static void stop(int number) {
  (void)number;
  told_to_stop = 1;
}

/* ---- the queue ---- */

/* False: there is none any more. */
static bool begin(void) {
  int file = open(path, O_RDWR);
  if (file < 0) {
    if (!may_end) {
      die("open %s: %s", path, errno_name(errno));
    }
    return false;
  }
  queue = (struct queue){.file = file, .way = way == BY_RING ? BY_ENQCMD : way == BY_POST ? BY_MOVDIR64B : way};
  if (way != BY_WRITE) {
    struct dsafs_portal_map map = {.length = PAGE, .prot = PROT_WRITE, .flags = MAP_SHARED};
    bool mapped = ioctl(file, DSAFS_IOC_PORTAL_MAP, &map) == 0;
    queue.portal = map.handle;
    ring = mapped && way >= BY_RING ? dsafs_ring_open(file, map.handle) : NULL;
    if (!mapped || (way >= BY_RING && !ring)) {
      if (!may_end) {
        die("mapping the portal of %s: %s", path, errno_name(errno));
      }
      close(file);
      return false;
    }
  }
  return true;
}

static void leave(void) {
  if (ring) {
    dsafs_ring_close(ring);
    ring = NULL;
  }
  close(queue.file);
}

/* 1 taken, 0 to be retried, or a negative errno. */
static int try_once(const struct dsafs_descriptor *descriptor) {
  if (way >= BY_RING) {
    int answer = way == BY_RING ? dsafs_ring_enqcmd(ring, 0, descriptor)
                                : dsafs_ring_movdir64b(ring, 0, descriptor);
    return answer < 0 ? answer : !answer;
  }
  int taken = try_submit(&queue, descriptor);
  return taken < 0 ? -errno : taken;
}

/* ---- one descriptor ---- */

static void fill_randomly(uint8_t *at, size_t length) {
  uint64_t state = next_random(&random_state) | 1;
  for (size_t i = 0; i < length; i += 8) {
    uint64_t word = next_random(&state);
    memcpy(at + i, &word, 8);
  }
}

static uint32_t crc32c(const uint8_t *at, size_t length) {
  uint32_t crc = ~0u;
  for (size_t i = 0; i < length; i++) {
    crc ^= at[i];
    for (int bit = 0; bit < 8; bit++) {
      crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    }
  }
  return ~crc;
}

static void make_flight(struct flight *flight) {
  memset(flight, 0, sizeof *flight);
  flight->source = map_pages(LARGE / PAGE);
  flight->destination = map_pages(LARGE / PAGE + 1);
  flight->members = map_pages(1);
  flight->record = map_pages(1);
  flight->member_records = flight->record + 1;
}

static void prepare(struct flight *flight) {
  static const uint8_t opcodes[] = {DSAFS_MOVE, DSAFS_MOVE,    DSAFS_FILL, DSAFS_COMPARE,
                                    DSAFS_CRC,  DSAFS_COMPVAL, DSAFS_NOOP, DSAFS_BATCH};
  /* mainline takes batches by write(2) from the safest devices only */
  flight->opcode = opcodes[below(way == BY_WRITE ? 7 : 8)];
  flight->size = below(16) ? 1 + below(SMALL) : 1 + below(LARGE);
  if (flight->opcode == DSAFS_CRC) {
    flight->size = 1 + flight->size % SMALL; /* it is slow to verify */
  }
  flight->pattern = next_random(&random_state);
  uint32_t used = flight->opcode == DSAFS_BATCH ? SMALL : flight->size;
  fill_randomly(flight->source, (used + 7u) & -8u);
  memset(flight->destination, GUARD, used + MARGIN);
  memset((void *)flight->record, 0, PAGE);

  struct dsafs_descriptor *descriptor = &flight->descriptor;
  *descriptor = describe(flight->opcode, flight->record);
  descriptor->source = (uintptr_t)flight->source;
  descriptor->destination = (uintptr_t)flight->destination;
  descriptor->size = flight->size;
  switch (flight->opcode) {
    case DSAFS_FILL:
      descriptor->source = flight->pattern;
      break;
    case DSAFS_COMPARE:
      memcpy(flight->destination, flight->source, used);
      break;
    case DSAFS_COMPVAL:
      descriptor->destination = flight->pattern;
      for (uint32_t i = 0; i < used; i += 8) {
        memcpy(flight->source + i, &flight->pattern, 8);
      }
      break;
    case DSAFS_CRC:
      descriptor->destination = 0;
      flight->crc = crc32c(flight->source, used);
      break;
    case DSAFS_NOOP:
      descriptor->source = descriptor->destination = descriptor->size = 0;
      break;
    case DSAFS_BATCH:
      for (unsigned i = 0; i < MEMBERS; i++) {
        flight->members[i] = describe(DSAFS_MOVE, &flight->member_records[i]);
        flight->members[i].source = descriptor->source + i * (SMALL / MEMBERS);
        flight->members[i].destination = descriptor->destination + i * (SMALL / MEMBERS);
        flight->members[i].size = SMALL / MEMBERS;
      }
      descriptor->source = (uintptr_t)flight->members;
      descriptor->destination = 0;
      descriptor->size = MEMBERS;
      break;
    default:
      break;
  }
}

static bool is_as_it_should_be(const struct flight *flight) {
  uint32_t used = flight->opcode == DSAFS_BATCH ? SMALL : flight->size;
  const uint8_t *to = flight->destination;
  for (unsigned i = 0; i < MARGIN; i++) {
    if (to[used + i] != GUARD) {
      return false;
    }
  }
  switch (flight->opcode) {
    case DSAFS_MOVE:
    case DSAFS_BATCH:
    case DSAFS_COMPARE:
      return memcmp(flight->source, to, used) == 0 && flight->record->result == 0;
    case DSAFS_FILL:
      for (uint32_t i = 0; i < used; i++) {
        if (to[i] != (uint8_t)(flight->pattern >> i % 8 * 8)) {
          return false;
        }
      }
      return true;
    case DSAFS_CRC:
      return flight->record->crc == flight->crc;
    case DSAFS_COMPVAL:
      return flight->record->result == 0;
    default:
      return true;
  }
}

static uint8_t status_of(const struct flight *flight) {
  return __atomic_load_n(&flight->record->status, __ATOMIC_ACQUIRE);
}

/* A page may go at any time, for the kernel's own reasons: another is made, as a program does. */
static bool is_page_fault(const struct flight *flight) {
  if ((status_of(flight) & 0x3f) == DSAFS_PAGE_FAULT) {
    return true;
  }
  for (unsigned i = 0; flight->opcode == DSAFS_BATCH && i < MEMBERS; i++) {
    if ((flight->member_records[i].status & 0x3f) == DSAFS_PAGE_FAULT) {
      return true;
    }
  }
  return false;
}

/* The first few: when one is lost, many are. */
static void report(const struct flight *flight, const char *what) {
  if (lost + wrong > 3) {
    return;
  }
  fprintf(stderr, "honest: %s by %s: operation 0x%02x of %u bytes %s, status 0x%02x\n", path, way_name,
          flight->opcode, flight->size, what, flight->record->status);
}

static void land(struct flight *flight) {
  double took = now() - flight->since;
  longest = took > longest ? took : longest;
  completed++;
  flight->under_way = false;
  if (is_page_fault(flight)) {
    faulted++;
  } else if (status_of(flight) != DSAFS_SUCCESS || !is_as_it_should_be(flight)) {
    wrong++;
    report(flight, "went wrong");
  }
}

static void look_at(struct flight *flight) {
  double age = now() - flight->since;
  if (status_of(flight)) {
    land(flight);
  } else if (may_be_killed && age > 0.5 && access(path, F_OK) != 0) {
    ended = true;
    flight->under_way = false;
    gone++;
  } else if (age > bound) {
    lost++;
    report(flight, "was accepted and has no record");
    make_flight(flight); /* that memory may yet be written to */
  }
}

static void send_off(struct flight *flight) {
  prepare(flight);
  submitted++;
  flight->since = now();
  int answer = try_once(&flight->descriptor);
  if (answer == 1) {
    accepted++;
    flight->under_way = true;
    return;
  }
  refused++;
  if (answer < 0) {
    if (!may_end) {
      wrong++;
      report(flight, errno_name(-answer));
    }
    ended = true;
  }
}

/* ---- all of them ---- */

static void wait_for_all(void) {
  for (unsigned i = 0; i < FLIGHTS; i++) {
    while (flights[i].under_way) {
      look_at(&flights[i]);
      sched_yield();
    }
  }
}

static void work(void) {
  unsigned long turn = 0, anew = 500;
  while (!told_to_stop && !ended && lost + wrong < 20) {
    struct flight *flight = &flights[turn++ % FLIGHTS];
    if (flight->under_way) {
      look_at(flight);
      if (turn % FLIGHTS == 0) {
        sched_yield();
      }
      continue;
    }
    send_off(flight);
    if (below(64) == 0) {
      usleep(below(2000));
    }
    if (--anew == 0) {
      anew = 200 + below(2000);
      leave();
      wait_for_all(); /* what was posted before the end arrives */
      ended = !begin();
    }
  }
}

int main(int argc, char **argv) {
  static const char *const ways[] = {"write", "enqcmd", "movdir64b", "ring", "post"};
  if (argc != 6) {
    fputs("usage: honest QUEUE WAY SEED BOUND stays|drained|killed\n", stderr);
    return 2;
  }
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  path = argv[1];
  way_name = argv[2];
  while (way < 5 && strcmp(way_name, ways[way]) != 0) {
    way++;
  }
  if (way == 5) {
    die("no way '%s'", way_name);
  }
  random_state = strtoull(argv[3], NULL, 10) * 0x9e3779b97f4a7c15ull + 1;
  bound = atof(argv[4]);
  may_be_killed = strcmp(argv[5], "killed") == 0;
  may_end = may_be_killed || strcmp(argv[5], "drained") == 0;
  struct sigaction action = {.sa_handler = stop};
  sigaction(SIGTERM, &action, NULL);
  signal(SIGPIPE, SIG_IGN);
  for (unsigned i = 0; i < FLIGHTS; i++) {
    make_flight(&flights[i]);
  }
  if (begin()) {
    work();
    wait_for_all();
    leave();
  }
  printf("submitted=%lu accepted=%lu refused=%lu completed=%lu gone=%lu lost=%lu wrong=%lu faulted=%lu"
         " longest_us=%.0f\n",
         submitted, accepted, refused, completed, gone, lost, wrong, faulted, longest * 1e6);
  return lost || wrong || submitted != accepted + refused || accepted != completed + gone + lost;
}
