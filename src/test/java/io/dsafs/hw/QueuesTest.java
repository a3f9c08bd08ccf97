package io.dsafs.hw;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.mem.KernelMemory;
import io.dsafs.spec.CmdStatus;
import io.dsafs.spec.Command;
import io.dsafs.spec.ConfigSpace;
import io.dsafs.spec.Flag;
import io.dsafs.spec.GenSts;
import io.dsafs.spec.GrpCfg;
import io.dsafs.spec.Opcode;
import io.dsafs.spec.Portal;
import io.dsafs.spec.SwErr;
import io.dsafs.spec.WqCfg;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Queues, arbitration, drains and aborts of a stepped device. Sections 2.6, 3 and 9. */
class QueuesTest {
  private static final int RECORD_FLAGS = Flag.CRAV.mask() | Flag.RCR.mask();

  private final Bench bench = Bench.stepped();
  private final KernelMemory memory = bench.process;
  private final long records = memory.allocate(4096);

  private ByteBuffer noop(int record) {
    return Bench.descriptor(0, RECORD_FLAGS, records + 32L * record, 0, 0);
  }

  private boolean done(int record) {
    return memory.peek(records + 32L * record) == 1;
  }

  private void enable(int... queues) {
    bench.run(Command.ENABLE_DEVICE, 0);
    for (int queue : queues) {
      bench.run(Command.ENABLE_WQ, queue);
    }
  }

  private boolean active() {
    return CmdStatus.ACTIVE.isSet(bench.read(CmdStatus.CMDSTATUS));
  }

  @Nested
  class The_arbiter {
    /** Fills two queues and tells which queue each of the next steps served. */
    private List<Integer> served(int priority0, int priority1, int steps) {
      bench.configureWq(0, true, 64, 0);
      bench.configureWq(1, true, 64, 0);
      bench.setWq(0, WqCfg.PRIORITY, priority0);
      bench.setWq(1, WqCfg.PRIORITY, priority1);
      bench.group(0, 3, 1);
      enable(0, 1);
      for (int i = 0; i < 64; i++) {
        bench.post(0, Bench.noop());
        bench.post(1, Bench.noop());
      }
      List<Integer> served = new ArrayList<>();
      for (int i = 0; i < steps; i++) {
        int before = bench.device.occupancy(0);
        bench.device.step();
        served.add(bench.device.occupancy(0) < before ? 0 : 1);
      }
      return served;
    }

    @Test
    void serves_priorities_6_and_2_as_3_to_1() {
      List<Integer> served = served(6, 2, 48);

      assertThat(served.stream().filter(queue -> queue == 0)).hasSize(36);
      assertThat(served.subList(0, 8)).containsExactly(0, 1, 0, 1, 0, 0, 0, 0);
    }

    @Test
    void alternates_between_equal_priorities() {
      assertThat(served(1, 1, 6)).containsExactly(0, 1, 0, 1, 0, 1);
    }

    @Test
    void lets_a_queue_that_was_idle_wait_one_turn_at_most() {
      bench.configureWq(0, true, 64, 0);
      bench.configureWq(1, true, 64, 0);
      bench.group(0, 3, 1);
      enable(0, 1);
      for (int i = 0; i < 30; i++) {
        bench.post(0, Bench.noop());
      }
      for (int i = 0; i < 7; i++) {
        bench.device.step();
      }
      bench.post(1, noop(0));

      bench.device.step();
      bench.device.step();

      assertThat(done(0)).isTrue();
    }
  }

  @Test
  void engines_follow_the_groups_that_were_formed_when_the_device_was_enabled() {
    bench.configureWq(0, true, 16, 0);
    bench.configureWq(1, true, 16, 0);
    bench.group(0, 1, 1);
    bench.group(1, 2, 2);
    enable(0, 1);
    bench.post(0, noop(0));
    bench.post(1, noop(1));

    bench.device.runAll();

    assertThat(done(0)).isTrue();
    assertThat(done(1)).isTrue();
  }

  @Test
  void descriptors_may_come_in_buffers_of_either_byte_order() {
    bench.enabled();
    ByteBuffer big = ByteBuffer.allocate(80).order(ByteOrder.BIG_ENDIAN);
    big.put(16, noop(2).array());

    bench.device.postedWrite64(2, Portal.LIMITED.offset(0), big, 16);
    bench.device.runAll();

    assertThat(done(2)).isTrue();
  }

  @Test
  void misaligned_portal_writes_are_not_taken() {
    bench.enabled();

    bench.device.postedWrite64(2, 8, Bench.noop(), 0);

    assertThat(bench.device.occupancy(0)).isZero();
  }

  @Test
  void occupancy_falls_when_an_engine_takes_a_descriptor() {
    bench.enabled();
    bench.post(0, Bench.noop());
    bench.post(0, Bench.noop());
    assertThat(bench.wq(0, WqCfg.OCCUPANCY)).isEqualTo(2);

    bench.device.step();

    assertThat(bench.wq(0, WqCfg.OCCUPANCY)).isEqualTo(1);
  }

  @Test
  void nothing_is_taken_while_stalled() {
    bench.enabled().post(0, noop(0));
    bench.device.stall();
    assertThat(bench.device.step()).isFalse();

    bench.device.release();

    assertThat(bench.device.step()).isTrue();
  }

  @Nested
  class A_shared_queue {
    private void shared() {
      bench.configureWq(0, false, 16, 16);
      bench.group(0, 1, 1);
      enable(0);
    }

    private ByteBuffer of(int pasid, int record) {
      return noop(record).putInt(0, pasid);
    }

    @Test
    void drains_a_pasid_without_waiting_for_others() {
      shared();
      bench.enqueue(0, of(1, 0));
      bench.enqueue(0, of(2, 1));
      bench.command(Command.DRAIN_PASID.word(1));
      assertThat(active()).isTrue();

      bench.device.step();

      assertThat(active()).isFalse();
      assertThat(bench.device.occupancy(0)).isEqualTo(1);
    }

    @Test
    void waits_for_the_only_descriptor_of_a_pasid() {
      shared();
      bench.enqueue(0, of(1, 0));

      bench.command(Command.DRAIN_PASID.word(1));

      assertThat(active()).isTrue();
      bench.device.step();
      assertThat(active()).isFalse();
    }

    @Test
    void drains_only_what_was_accepted_before() {
      shared();
      bench.enqueue(0, of(1, 0));
      bench.command(Command.DRAIN_PASID.word(1));
      bench.enqueue(0, of(1, 1));

      bench.device.step();

      assertThat(active()).isFalse();
    }

    @Test
    void abandons_a_pasid_and_keeps_the_order_of_the_rest() {
      shared();
      for (int i = 0; i < 6; i++) {
        bench.enqueue(0, of(1 + i % 2, i));
      }

      bench.run(Command.ABORT_PASID, 2);

      assertThat(bench.device.occupancy(0)).isEqualTo(3);
      for (int i = 0; i < 3; i++) {
        bench.device.step();
        assertThat(done(2 * i)).isTrue();
      }
      assertThat(done(1)).isFalse();
    }

    @Test
    void takes_the_whole_size_through_the_unlimited_portal() {
      bench.configureWq(0, false, 4, 2);
      bench.group(0, 1, 1);
      enable(0);
      assertThat(bench.enqueue(0, Bench.noop())).isTrue();
      assertThat(bench.enqueue(0, Bench.noop())).isTrue();
      assertThat(bench.enqueue(0, Bench.noop())).isFalse();

      long unlimited = Portal.UNLIMITED.offset(0);
      assertThat(bench.device.deferrableWrite64(2, unlimited, Bench.noop(), 0)).isTrue();
      assertThat(bench.device.deferrableWrite64(2, unlimited, Bench.noop(), 0)).isTrue();
      assertThat(bench.device.deferrableWrite64(2, unlimited, Bench.noop(), 0)).isFalse();
    }
  }

  @Nested
  class A_command_that_waits {
    @Test
    void disables_the_device_when_the_last_descriptor_has_ended() {
      bench.enabled().post(0, noop(0));
      bench.post(0, noop(1));
      bench.command(Command.DISABLE_DEVICE.word(0));
      assertThat(bench.get(GenSts.GENSTS, GenSts.STATE)).isEqualTo(GenSts.State.DRAIN.code());

      bench.device.runAll();

      assertThat(bench.get(GenSts.GENSTS, GenSts.STATE)).isZero();
      assertThat(done(0) && done(1)).isTrue();
    }

    @Test
    void resets_the_device_at_once_because_queued_work_is_abandoned() {
      bench.enabled().post(0, noop(0));

      bench.run(Command.RESET_DEVICE, 0);

      assertThat(bench.device.occupancy(0)).isZero();
      assertThat(done(0)).isFalse();
    }
  }

  @Test
  void a_process_that_has_gone_is_not_reported() {
    bench.enabled().post(0, noop(0));
    memory.end();

    bench.device.runAll();

    assertThat(bench.swerrorCode()).isZero();
  }

  @Test
  void an_unbound_pasid_cannot_be_told_its_outcome() {
    bench.configureWq(0, false, 16, 16);
    bench.group(0, 1, 1);
    enable(0);
    bench.enqueue(0, noop(0).putInt(0, 0x777));

    bench.device.runAll();

    assertThat(bench.swerrorCode()).isEqualTo(0x1a);
  }

  @Test
  void a_queue_without_pasid_works_on_the_memory_of_the_kernel() {
    long record = bench.kernel.allocate(4096);
    bench.configured().setWq(0, WqCfg.PASID_EN, 0);
    enable(0);
    bench.post(0, Bench.descriptor(0, RECORD_FLAGS, record, 0, 0));

    bench.device.runAll();

    assertThat(bench.kernel.peek(record)).isEqualTo((byte) 1);
  }

  @Test
  void refused_faults_of_descriptors_that_block_end_with_status_4() {
    bench.enablePageRequests();
    bench.configured().setWq(0, WqCfg.BOF, 1);
    enable(0);
    int flags = RECORD_FLAGS | Flag.BOF.mask();
    bench.post(
        0, Bench.descriptor(Opcode.MEMMOVE.code(), flags, records, 0x5000, 0x9000).putInt(32, 8));

    bench.device.runAll();

    assertThat(memory.peek(records)).isEqualTo((byte) 4);
  }

  @Test
  void a_traffic_class_without_channel_is_an_error() {
    bench.configured().setGroup(0, GrpCfg.TC_B, 1);
    bench.device.configWrite(ConfigSpace.VC0_CONTROL, 4, 0x8000_0000 | 0xfd);
    enable(0);
    int selected = RECORD_FLAGS | Flag.ADDR1_TCS.mask();
    bench.post(
        0,
        Bench.descriptor(Opcode.MEMMOVE.code(), selected, records, records, records + 64)
            .putInt(32, 8));
    bench.post(0, Bench.descriptor(0, RECORD_FLAGS | Flag.CR_TCS.mask(), records + 32, 0, 0));

    bench.device.runAll();

    assertThat(memory.peek(records)).isEqualTo((byte) 0x1e);
    assertThat(memory.peek(records + 32)).isZero();
    assertThat(bench.swerrorCode()).isEqualTo(0x1e);
  }

  /**
   * The driver writes the configuration of a queue when it enables the queue, which may be after
   * the device was enabled. Source: idxd_wq_enable() of Linux 6.19, drv_enable_wq() in device.c.
   */
  @Nested
  class A_queue_that_is_configured_when_the_device_is_enabled {
    private static final int LATE = 2;

    private int enableLate() {
      return (int) CmdStatus.ERR.get(bench.command(Command.ENABLE_WQ.word(LATE)));
    }

    private void twoGroups() {
      bench.configureWq(0, true, 16, 0);
      bench.configureWq(1, true, 16, 0);
      bench.group(0, 1, 1);
      bench.group(1, 2, 2);
      enable(0, 1);
    }

    @Test
    void is_served_by_the_group_it_is_put_into() {
      twoGroups();
      bench.configureWq(LATE, true, 4, 0);
      bench.setGroup(1, GrpCfg.WQS, 2 | 1 << LATE);
      assertThat(enableLate()).isZero();
      bench.device.faults().stallEngines(1);
      bench.post(LATE, noop(0));

      bench.device.runAll();

      assertThat(done(0)).isTrue();
    }

    @Test
    void takes_turns_with_those_that_were_there_before() {
      twoGroups();
      bench.configureWq(LATE, true, 16, 0);
      bench.setGroup(1, GrpCfg.WQS, 2 | 1 << LATE);
      assertThat(enableLate()).isZero();
      for (int i = 0; i < 4; i++) {
        bench.post(1, noop(i));
        bench.post(LATE, noop(4 + i));
      }

      for (int i = 0; i < 4; i++) {
        bench.device.step();
      }

      assertThat(bench.device.occupancy(1)).isEqualTo(2);
      assertThat(bench.device.occupancy(LATE)).isEqualTo(2);
    }

    @Test
    void takes_nothing_in_a_group_without_engines() {
      twoGroups();
      bench.configureWq(LATE, false, 4, 4);
      bench.setGroup(3, GrpCfg.WQS, 1 << LATE);
      assertThat(enableLate()).isZero();

      assertThat(bench.enqueue(LATE, Bench.noop())).isFalse();
    }

    @Test
    void takes_nothing_in_no_group() {
      twoGroups();
      bench.configureWq(LATE, false, 4, 4);
      assertThat(enableLate()).isZero();

      assertThat(bench.enqueue(LATE, Bench.noop())).isFalse();
    }

    @Test
    void changes_nothing_of_the_others() {
      twoGroups();

      bench.group(0, 1 << LATE, 0xf);
      bench.group(1, 1, 0);

      assertThat(bench.device.read(0, Bench.GRPCFG, 8)).isEqualTo(1 | 1 << LATE);
      assertThat(bench.device.read(0, Bench.GRPCFG + 32, 8)).isEqualTo(1);
      assertThat(bench.device.read(0, Bench.GRPCFG + 64, 8)).isEqualTo(2);
      assertThat(bench.device.read(0, Bench.GRPCFG + 96, 8)).isEqualTo(2);
    }

    @Test
    void stays_where_it_was_enabled() {
      twoGroups();
      bench.configureWq(LATE, true, 4, 0);
      bench.setGroup(1, GrpCfg.WQS, 2 | 1 << LATE);
      assertThat(enableLate()).isZero();

      bench.setGroup(1, GrpCfg.WQS, 2);

      assertThat(bench.device.read(0, Bench.GRPCFG + 64, 8)).isEqualTo(2 | 1 << LATE);
    }

    @Test
    void cannot_be_where_the_configuration_is_fixed() {
      Bench fixed = Bench.stepped(DeviceProfile.readOnly());
      fixed.run(Command.ENABLE_DEVICE, 0);

      fixed.setGroup(0, GrpCfg.WQS, 0);

      assertThat(fixed.device.read(0, Bench.GRPCFG, 8)).isEqualTo(3);
    }

    @Test
    void forgets_the_group_of_the_time_before_the_device_was_disabled() {
      bench.configureWq(0, true, 16, 0);
      bench.configureWq(1, true, 16, 0);
      bench.configureWq(LATE, true, 4, 0);
      bench.group(0, 1 | 1 << LATE, 1);
      bench.group(1, 2, 2);
      enable(0, 1, LATE);
      bench.run(Command.DISABLE_DEVICE, 0);
      bench.setWq(LATE, WqCfg.SIZE, 0);
      bench.group(0, 1, 1);
      enable(0, 1);

      bench.setWq(LATE, WqCfg.SIZE, 4);
      bench.setGroup(1, GrpCfg.WQS, 2 | 1 << LATE);
      assertThat(enableLate()).isZero();
      bench.device.faults().stallEngines(1);
      bench.post(LATE, noop(0));
      bench.device.runAll();

      assertThat(done(0)).isTrue();
    }
  }

  @Test
  void a_queue_without_pasids_is_nobodys() {
    bench.configured().setWq(0, WqCfg.PASID_EN, 0);
    enable(0);
    bench.post(0, Bench.noop());

    bench.run(Command.DRAIN_PASID, 0);
    bench.run(Command.ABORT_PASID, 0);

    assertThat(bench.device.occupancy(0)).isEqualTo(1);
  }

  /** Source: DSA specification, section 5.8: code 0x53. */
  @Test
  void a_full_dedicated_queue_tells_whose_descriptor_was_lost() {
    bench.configureWq(3, true, 1, 0);
    bench.setWq(3, WqCfg.PASID, 2);
    bench.setWq(3, WqCfg.PRIV, 1);
    bench.group(0, 8, 1);
    enable(3);
    bench.post(3, Bench.noop());

    bench.post(3, Bench.descriptor(0x85, 0, 0, 0, 0));

    long word = bench.device.read(0, SwErr.SWERROR.offset(), 8);
    assertThat(SwErr.ERROR.get(word)).isEqualTo(0x53);
    assertThat(SwErr.WQ_IDX.get(word)).isEqualTo(3);
    assertThat(SwErr.OPERATION.get(word)).isEqualTo(0x85);
    assertThat(SwErr.PASID.get(word)).isEqualTo(2);
    assertThat(SwErr.PRIV.get(word)).isOne();
  }

  @Test
  void a_full_dedicated_queue_without_pasids_tells_none() {
    bench.configureWq(3, true, 1, 0);
    bench.setWq(3, WqCfg.PASID, 2);
    bench.setWq(3, WqCfg.PRIV, 1);
    bench.setWq(3, WqCfg.PASID_EN, 0);
    bench.group(0, 8, 1);
    enable(3);
    bench.post(3, Bench.noop());

    bench.post(3, Bench.noop());

    long word = bench.device.read(0, SwErr.SWERROR.offset(), 8);
    assertThat(SwErr.ERROR.get(word)).isEqualTo(0x53);
    assertThat(SwErr.PASID.get(word)).isZero();
    assertThat(SwErr.PRIV.get(word)).isZero();
  }

  @Test
  void what_was_dropped_and_what_was_abandoned_is_listed_together() {
    bench.configureWq(0, true, 2, 0);
    bench.group(0, 1, 1);
    enable(0);
    for (int i = 0; i < 3; i++) {
      bench.post(0, Bench.noop());
    }
    bench.run(Command.ABORT_ALL, 0);

    assertThat(bench.device.describeQueues()).contains("wq0 dedicated enabled 2 0 0 2 0 3 0\n");
  }

  @Test
  void engines_that_are_in_no_group_any_more_take_nothing() {
    bench.configured().group(0, 1, 3);
    enable(0);
    bench.run(Command.DISABLE_DEVICE, 0);
    bench.group(0, 1, 1);
    enable(0);
    bench.device.faults().stallEngines(1);
    bench.post(0, noop(0));

    assertThat(bench.device.step()).isFalse();
    assertThat(done(0)).isFalse();
  }

  @Test
  void a_queue_can_be_configured_and_enabled_anew_after_a_reset_of_the_function() {
    bench.enabled();

    bench.device.configWrite(ConfigSpace.DEVICE_CONTROL, 2, ConfigSpace.FUNCTION_LEVEL_RESET);
    bench.boot();
    bench.enabled().post(0, noop(0));
    bench.device.runAll();

    assertThat(done(0)).isTrue();
  }

  @Test
  void resetting_a_queue_clears_its_own_configuration_but_for_the_size() {
    bench.configureWq(0, true, 16, 0);
    bench.configureWq(3, false, 8, 5);
    bench.group(0, 1 | 8, 1);
    enable(0, 3);

    bench.run(Command.RESET_WQ, 8);

    assertThat(bench.wq(3, WqCfg.SIZE)).isEqualTo(8);
    assertThat(bench.wq(3, WqCfg.THRESHOLD)).isZero();
    assertThat(bench.wq(3, WqCfg.PRIORITY)).isZero();
    assertThat(bench.wq(3, WqCfg.PASID_EN)).isZero();
    assertThat(bench.wq(3, WqCfg.STATE)).isZero();
    assertThat(bench.wq(0, WqCfg.PRIORITY)).isEqualTo(10);
    assertThat(bench.wq(0, WqCfg.STATE)).isEqualTo(1);
  }
}
