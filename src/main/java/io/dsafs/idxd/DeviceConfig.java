package io.dsafs.idxd;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.spec.Field;
import io.dsafs.spec.GrpCfg;
import java.util.Arrays;

/**
 * The configuration pass: writes what the attributes say into the device's tables, for the whole
 * device. Mirrors idxd_device_config() in device.c; what differs between versions is left open.
 */
public abstract class DeviceConfig {
  private final IdxdDevice device;

  /** Members of each group as of the last pass: bit n is queue n. At most 256 queues. */
  private final long[][] groupWqs;

  /** Bit n is engine n. */
  private final long[] groupEngines;

  /**
   * @param device whose groups there are already
   */
  protected DeviceConfig(IdxdDevice device) {
    this.device = device;
    int groups = device.groups().size();
    groupWqs = new long[groups][IdxdRegisters.GROUP_WQ_WORDS];
    groupEngines = new long[groups];
  }

  /**
   * Runs the pass up to the first error, with the device lock held; what was written by then stays.
   *
   * <p>EINVAL, in this order: a queue that counts is shared and may not be; no queue counts; no
   * engine has a group. Then the errors of {@link #writeWq}. Groups are not checked one by one:
   * that is the device's part.
   */
  public final void runLocked() throws ErrnoException {
    device.assertLocked();
    collectWqs();
    collectEngines();
    for (IdxdGroup group : device.groups()) {
      chooseTrafficClasses(group);
    }
    for (IdxdWq wq : device.wqs()) {
      writeWq(wq);
    }
    // A limit of 0 is not written: an earlier one stays until reset (swq-v1 14.31).
    if (device.tokenLimit() != 0) {
      device.registers().setTokenLimit(device.tokenLimit());
    }
    for (IdxdGroup group : device.groups()) {
      device
          .registers()
          .writeGroupMembers(group.id(), groupWqs[group.id()], groupEngines[group.id()]);
      writeGroupFlags(group);
    }
  }

  /** Mirrors idxd_wqs_setup(). */
  private void collectWqs() throws ErrnoException {
    for (long[] words : groupWqs) {
      Arrays.fill(words, 0);
    }
    boolean any = false;
    for (IdxdWq wq : device.wqs()) {
      if (!counts(wq)) {
        continue;
      }
      if (!wq.dedicated() && !sharedPossible(wq)) {
        device.log().warn(device, "No shared wq support but configured: %s", wq);
        throw refuse(SoftwareStatus.WQ_NO_SWQ_SUPPORT, "no shared wq support");
      }
      groupWqs[wq.group().id()][wq.id() / Long.SIZE] |= 1L << (wq.id() % Long.SIZE);
      any = true;
    }
    if (!any) {
      throw refuse(SoftwareStatus.WQ_NONE_CONFIGURED, "no wq configured");
    }
  }

  /** Mirrors idxd_engines_setup(). */
  private void collectEngines() throws ErrnoException {
    Arrays.fill(groupEngines, 0);
    boolean any = false;
    for (IdxdEngine engine : device.engines()) {
      if (engine.group() != null) {
        groupEngines[engine.group().id()] |= 1L << engine.id();
        any = true;
      }
    }
    if (!any) {
      throw new ErrnoException(Errno.EINVAL, "no engine configured");
    }
  }

  /** The defaults stay visible in the attributes. Mirrors idxd_group_flags_setup(). */
  private static void chooseTrafficClasses(IdxdGroup group) {
    if (group.trafficClassA() == IdxdGroup.TRAFFIC_CLASS_UNSET) {
      group.setTrafficClassALocked(0);
    }
    if (group.trafficClassB() == IdxdGroup.TRAFFIC_CLASS_UNSET) {
      group.setTrafficClassBLocked(1);
    }
  }

  /** Whether a queue is a member of its group in the device. */
  protected abstract boolean counts(IdxdWq wq);

  /** Whether a queue may be shared. */
  protected abstract boolean sharedPossible(IdxdWq wq);

  /** Writes the entry of a queue. Mirrors idxd_wq_config_write(). */
  protected abstract void writeWq(IdxdWq wq) throws ErrnoException;

  /** Writes the flags of a group. Mirrors idxd_group_config_write(). */
  protected abstract void writeGroupFlags(IdxdGroup group);

  /** The flags of a group that all versions write, for its low dword. */
  protected static long flags(IdxdGroup group, int tokensAllowed) {
    int flags = GrpCfg.TC_A.with32(0, group.trafficClassA());
    flags = GrpCfg.TC_B.with32(flags, group.trafficClassB());
    flags = GrpCfg.USE_TOKEN_LIMIT.with32(flags, group.useTokenLimit() ? 1 : 0);
    flags = GrpCfg.TOKENS_RESERVED.with32(flags, group.tokensReserved());
    return GrpCfg.TOKENS_ALLOWED.with32(flags, tokensAllowed) & 0xffff_ffffL;
  }

  /** Sets a field in the words of an entry. */
  protected static void set(long[] words, Field field, long value) {
    words[field.word()] = field.with(words[field.word()], value);
  }

  /** EINVAL, with its software status. */
  protected final ErrnoException refuse(SoftwareStatus status, String reason) {
    device.setSoftwareStatus(status);
    return new ErrnoException(Errno.EINVAL, reason);
  }
}
