package io.dsafs.idxd;

import static io.dsafs.testing.SimulatedProcess.MAP_SHARED;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.ErrnoException;
import io.dsafs.mem.TaskMemory;
import io.dsafs.spec.WqCfg;
import io.dsafs.testing.Machine;
import io.dsafs.testing.SimulatedProcess;
import io.dsafs.vfs.Handle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** A ring behind a portal of wq0.0, shared, 16 entries, threshold 8: Documentation/ioctl.md. */
class RingIoctlTest {
  private static final String NODE = "/dev/dsa/wq0.0";
  private static final int FD = 7;
  private static final int PROT_READ = 1;

  private final Machine machine = machine();
  private final SimulatedProcess shell = machine.shell;
  private final RingClient client = new RingClient();
  private final Handle file;
  private final SimulatedProcess.Page page;

  RingIoctlTest() throws ErrnoException {
    file = shell.open(NODE);
    page = shell.map(file);
    shell.offer(FD, client);
  }

  /** So ends the poller's thread, too. */
  @AfterEach
  void close() {
    file.release();
  }

  private static Machine machine() {
    Machine machine = Machine.p();
    machine.basicConfig("shared");
    machine.enable("dsa0", "wq0.0");
    return machine;
  }

  private int occupancy() {
    return WqCfg.OCCUPANCY.get32(machine.endpoint.read32(0x500 + WqCfg.OCCUPANCY.dwordOffset()));
  }

  /** Enters until it is there: the polling thread may be at it. */
  private int answer(int slot) {
    long limit = System.nanoTime() + 10_000_000_000L;
    do {
      assertThat(enter()).isEqualTo("0");
    } while (client.answer(slot) == 0 && System.nanoTime() < limit);
    return client.take(slot);
  }

  private String enter() {
    return shell.ring(PortalIoctl.RING_ENTER, file, page);
  }

  @Nested
  class Mapping {
    @Test
    void refuses_another_version_before_anything_else_with_EINVAL() {
      assertThat(machine.newProcess().mapRing(file, page, -1, 2)).isEqualTo("EINVAL");
    }

    @Test
    void refuses_what_is_not_the_callers_or_not_writable_with_EFAULT() throws ErrnoException {
      SimulatedProcess.Page readable = shell.map(file, 4096, PROT_READ, MAP_SHARED, 0);

      assertThat(machine.newProcess().mapRing(file, page, FD, 1)).isEqualTo("EFAULT");
      assertThat(shell.mapRing(file, readable, FD, 1)).isEqualTo("EFAULT");
    }

    @Test
    void refuses_a_second_ring_with_EBUSY_before_its_file_is_looked_at() {
      assertThat(shell.mapRing(file, page, FD, 1)).isEqualTo("0");
      assertThat(shell.mapRing(file, page, -1, 1)).isEqualTo("EBUSY");
    }

    @Test
    void refuses_what_is_no_file_with_EBADF() {
      assertThat(shell.mapRing(file, page, 8, 1)).isEqualTo("EBADF");
    }

    @Test
    void tells_that_no_descriptor_is_left_with_ENFILE() {
      shell.setOutOfReach(TaskMemory.Refusal.NO_DESCRIPTORS);
      assertThat(shell.mapRing(file, page, FD, 1)).isEqualTo("ENFILE");

      shell.setOutOfReach(null);
      assertThat(shell.mapRing(file, page, FD, 1)).isEqualTo("0");
    }

    @Test
    void refuses_the_1025th_ring_with_ENOSPC_and_gives_its_memory_back() throws ErrnoException {
      for (int i = 0; i < RingPoller.MOST_RINGS; i++) {
        shell.offer(FD, new RingClient());
        assertThat(shell.mapRing(file, shell.map(file), FD, 1)).isEqualTo("0");
      }
      shell.offer(FD, client);

      assertThat(shell.mapRing(file, page, FD, 1)).isEqualTo("ENOSPC");
      assertThat(client.closed).isEqualTo(1);
    }
  }

  @Nested
  class A_mapped_ring {
    A_mapped_ring() {
      assertThat(shell.mapRing(file, page, FD, 1)).isEqualTo("0");
    }

    @Test
    void is_answered_as_the_ioctl_is() {
      for (int i = 0; i < 8; i++) {
        int slot = client.put(RingLayout.ENQCMD, 0);
        assertThat(answer(slot)).isEqualTo(RingLayout.ACCEPTED);
      }
      int slot = client.put(RingLayout.ENQCMD, 0);

      assertThat(answer(slot)).isEqualTo(RingLayout.RETRY);
      assertThat(occupancy()).isEqualTo(8);
    }

    @Test
    void refuses_reserved_bits_with_EFAULT_and_what_is_no_slot_with_EINVAL() {
      int reserved = client.claim();
      client.fill(reserved, RingLayout.ENQCMD, 0, 0);
      client.bytes().putInt(RingClient.at(reserved), 1 << 20);
      int unaligned = client.claim();
      client.fill(unaligned, RingLayout.ENQCMD, 32, 0);
      client.publish(reserved);
      client.publish(unaligned);

      assertThat(answer(reserved)).isEqualTo(-14);
      assertThat(answer(unaligned)).isEqualTo(-22);
      assertThat(occupancy()).isZero();
    }

    @Test
    void loses_posted_stores_to_a_shared_queue() {
      client.put(RingLayout.MOVDIR64B, 0);

      assertThat(enter()).isEqualTo("0");

      assertThat(occupancy()).isZero();
    }

    @Test
    void outlives_the_binding_of_its_queue_which_then_says_retry() {
      assertThat(machine.unbind("wq0.0")).isEqualTo("ok");
      int slot = client.put(RingLayout.ENQCMD, 0);
      assertThat(answer(slot)).isEqualTo(RingLayout.RETRY);

      machine.enable("wq0.0");
      slot = client.put(RingLayout.ENQCMD, 0);
      assertThat(answer(slot)).isEqualTo(RingLayout.ACCEPTED);
    }

    @Test
    void is_nothing_to_another_process() {
      SimulatedProcess other = machine.newProcess();

      assertThat(other.ring(PortalIoctl.RING_ENTER, file, page)).isEqualTo("EFAULT");
      assertThat(other.ring(PortalIoctl.RING_UNMAP, file, page)).isEqualTo("EFAULT");
    }

    @Test
    void ends_by_its_own_unmapping_and_can_be_made_anew() {
      assertThat(shell.ring(PortalIoctl.RING_UNMAP, file, page)).isEqualTo("0");
      assertThat(client.closed).isEqualTo(1);
      assertThat(enter()).isEqualTo("EFAULT");
      assertThat(shell.ring(PortalIoctl.RING_UNMAP, file, page)).isEqualTo("EFAULT");

      assertThat(shell.mapRing(file, page, FD, 1)).isEqualTo("0");
    }

    @Test
    void ends_with_the_portals_mapping() {
      client.put(RingLayout.ENQCMD, 0);

      assertThat(shell.unmap(file, page)).isEqualTo("0");

      assertThat(client.closed).isEqualTo(1);
      assertThat(occupancy()).isEqualTo(1);
    }

    @Test
    void ends_with_the_file() {
      file.release();

      assertThat(client.closed).isEqualTo(1);
    }
  }
}
