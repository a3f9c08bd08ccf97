package io.dsafs.hw;

import io.dsafs.spec.CommandError;
import io.dsafs.spec.ConfigSpace;
import io.dsafs.spec.EventEntry;
import io.dsafs.spec.Evl;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.GenCfg;
import io.dsafs.spec.GrpCap;
import io.dsafs.spec.GrpCfg;
import io.dsafs.spec.WqCap;
import io.dsafs.spec.WqCfg;

/**
 * What Enable Device and Enable WQ check, in the order of the error codes. All methods are called
 * with the device lock held. Source: hardware reference section 2.6.
 */
final class EnableChecks {
  /** Read buffers that an engine needs at least. */
  private static final int BUFFERS_PER_ENGINE = 4;

  /** The largest code of a bandwidth limit, an eighth. */
  private static final int MOST_BANDWIDTH_LIMIT = 3;

  private final DeviceProfile profile;
  private final PciConfig config;
  private final Registers registers;
  private final InterruptUnit interrupts;

  EnableChecks(
      DeviceProfile profile, PciConfig config, Registers registers, InterruptUnit interrupts) {
    this.profile = profile;
    this.config = config;
    this.registers = registers;
    this.interrupts = interrupts;
  }

  /** 0x12 to 0x1b; the state of the device is not looked at. */
  CommandError device() {
    if (!config.isSet(ConfigSpace.COMMAND, ConfigSpace.BUS_MASTER_ENABLE)) {
      return CommandError.ERR_BUSMASTER_EN;
    }
    if (hasPageRequests()) {
      int allocation = config.get(ConfigSpace.PRI_ALLOCATION);
      int capacity = config.get(ConfigSpace.PRI_CAPACITY);
      if (allocation == 0 || Integer.compareUnsigned(allocation, capacity) > 0) {
        return CommandError.ERR_PRS_ALLOC;
      }
    }
    long sizes = 0;
    for (int wq = 0; wq < profile.queueCount(); wq++) {
      sizes += registers.wqcfg.get(wq, WqCfg.SIZE);
    }
    if (sizes > WqCap.TOTAL_WQ_SIZE.get(profile.wqcap())) {
      return CommandError.ERR_WQ_SIZE_ERANGE;
    }
    CommandError error = groups();
    if (error == CommandError.SUCCESS) {
      error = readBuffers();
    }
    if (error == CommandError.SUCCESS && hasEventLog()) {
      error = eventLog();
    }
    return error;
  }

  private boolean hasEventLog() {
    return registers.gencfg.isSet(0, GenCfg.EVL_EN);
  }

  private CommandError eventLog() {
    Bank evlcfg = registers.evlcfg;
    long entries = evlcfg.get(Evl.SIZE);
    long base = evlcfg.get(Evl.BASE_ADDR) << Evl.BASE_ADDR.shift();
    long room = entries * EventEntry.sizeBytes(profile.gencap());
    // Up to the last byte of the address space is still in it.
    if (entries < EventEntry.LEAST_ENTRIES || Long.compareUnsigned(base, -room) > 0) {
      return CommandError.ERR_EVL;
    }
    boolean wrongName =
        (evlcfg.isSet(0, Evl.PASID_EN) && !hasPasid())
            || (evlcfg.isSet(0, Evl.PRIV) && !hasPrivileged());
    return wrongName ? CommandError.ERR_EVL_PASID : CommandError.SUCCESS;
  }

  private boolean hasPageRequests() {
    return config.isSet(ConfigSpace.PRI_CONTROL, ConfigSpace.PRI_ENABLE);
  }

  private CommandError groups() {
    Bank grpcfg = registers.grpcfg;
    for (int group = 0; group < grpcfg.count(); group++) {
      boolean queues = (queueWord(group, 0) | otherQueues(group)) != 0;
      boolean engines = grpcfg.get(group, GrpCfg.ENGINES) != 0;
      if (queues != engines) {
        return CommandError.ERR_GRP_CONFIG;
      }
    }
    long seen = 0;
    for (int group = 0; group < grpcfg.count(); group++) {
      long queues = queueWord(group, 0);
      boolean missing = (queues & ~lowBits(profile.queueCount())) != 0;
      if ((seen & queues) != 0 || missing || otherQueues(group) != 0) {
        return CommandError.ERR_GRP_CONFIG2;
      }
      seen |= queues;
    }
    for (int wq = 0; wq < profile.queueCount(); wq++) {
      boolean grouped = (seen >>> wq & 1) != 0;
      boolean sized = registers.wqcfg.get(wq, WqCfg.SIZE) != 0;
      if (grouped != sized) {
        return CommandError.ERR_GRP_CONFIG2;
      }
    }
    seen = 0;
    for (int group = 0; group < grpcfg.count(); group++) {
      long engines = grpcfg.get(group, GrpCfg.ENGINES);
      if ((seen & engines) != 0 || (engines & ~lowBits(profile.engineCount())) != 0) {
        return CommandError.ERR_GRP_CONFIG3;
      }
      seen |= engines;
    }
    return CommandError.SUCCESS;
  }

  private long queueWord(int group, int word) {
    return registers.grpcfg.word(group, word);
  }

  private long otherQueues(int group) {
    return queueWord(group, 1) | queueWord(group, 2) | queueWord(group, 3);
  }

  private static long lowBits(int count) {
    return count == Long.SIZE ? -1L : (1L << count) - 1;
  }

  private CommandError readBuffers() {
    Bank grpcfg = registers.grpcfg;
    int total = profile.totalReadBuffers();
    boolean limitable = GrpCap.TOKEN_LIMIT.isSet(profile.grpcap());
    boolean controlled = GrpCap.TOKEN_EN.isSet(profile.grpcap());
    boolean throttled = GrpCap.BANDWIDTH_LIMIT.isSet(profile.grpcap());
    int limitedEngines = 0;
    boolean limited = false;
    int reserved = 0;
    for (int group = 0; group < grpcfg.count(); group++) {
      int engines = Long.bitCount(grpcfg.get(group, GrpCfg.ENGINES));
      if (grpcfg.isSet(group, GrpCfg.USE_TOKEN_LIMIT)) {
        limited = true;
        limitedEngines += engines;
      }
      if (engines > 0) {
        reserved += grpcfg.getInt(group, GrpCfg.TOKENS_RESERVED);
      }
      long most =
          Math.max(
              grpcfg.get(group, GrpCfg.READ_BANDWIDTH_LIMIT),
              grpcfg.get(group, GrpCfg.WRITE_BANDWIDTH_LIMIT));
      if (most > (throttled ? MOST_BANDWIDTH_LIMIT : 0)) {
        return CommandError.ERR_GRP_CONFIG4;
      }
    }
    long limit = registers.gencfg.get(GenCfg.TOKEN_LIMIT);
    boolean limitWrong =
        limit > total
            || (limited && (!limitable || limit < (long) BUFFERS_PER_ENGINE * limitedEngines));
    if (limitWrong || (controlled && reserved > total)) {
      return CommandError.ERR_GRP_CONFIG4;
    }
    for (int group = 0; controlled && group < grpcfg.count(); group++) {
      int engines = Long.bitCount(grpcfg.get(group, GrpCfg.ENGINES));
      int own = grpcfg.getInt(group, GrpCfg.TOKENS_RESERVED);
      int allowed = grpcfg.getInt(group, GrpCfg.TOKENS_ALLOWED);
      boolean wrong =
          allowed < BUFFERS_PER_ENGINE * engines
              || allowed < own
              || allowed > own + total - reserved;
      if (engines > 0 && wrong) {
        return CommandError.ERR_GRP_CONFIG4;
      }
    }
    return CommandError.SUCCESS;
  }

  private boolean hasPasid() {
    return config.isSet(ConfigSpace.PASID_CONTROL, ConfigSpace.PASID_ENABLE);
  }

  private boolean hasPrivileged() {
    return config.isSet(
        ConfigSpace.PASID_CONTROL, ConfigSpace.PASID_ENABLE | ConfigSpace.PASID_PRIVILEGED_ENABLE);
  }

  /** 0x22 to 0x2e; the states of device and queue are not looked at. */
  CommandError queue(int wq) {
    Bank wqcfg = registers.wqcfg;
    long wqcap = profile.wqcap();
    long gencap = profile.gencap();
    boolean dedicated = wqcfg.isSet(wq, WqCfg.MODE);
    boolean pasid = wqcfg.isSet(wq, WqCfg.PASID_EN);
    boolean bof = wqcfg.isSet(wq, WqCfg.BOF);
    if (wqcfg.get(wq, WqCfg.SIZE) == 0) {
      return CommandError.ERR_WQ_SIZE;
    }
    if (!profile.acceptsPriorityZero()
        && WqCap.PRIORITY.isSet(wqcap)
        && wqcfg.get(wq, WqCfg.PRIORITY) == 0) {
      return CommandError.ERR_WQ_PRIOR;
    }
    if (!(dedicated ? WqCap.DEDICATED_MODE : WqCap.SHARED_MODE).isSet(wqcap)) {
      return CommandError.ERR_WQ_MODE;
    }
    if (bof && !(GenCap.BLOCK_ON_FAULT.isSet(gencap) && hasPageRequests())) {
      return CommandError.ERR_BOF_EN;
    }
    if (pasid ? !hasPasid() : !dedicated) {
      return CommandError.ERR_PASID_EN;
    }
    long batchShift = wqcfg.get(wq, WqCfg.MAX_BATCH_SHIFT);
    if ((batchShift == 0 && profile.hasBatches() && !GenCap.BATCH_OF_ONE.isSet(gencap))
        || batchShift > GenCap.MAX_BATCH_SHIFT.get(gencap)
        || wqcfg.get(wq, WqCfg.MAX_SGL_SHIFT) > profile.maxSglShift()) {
      return CommandError.ERR_MAX_BATCH_SIZE;
    }
    if (wqcfg.get(wq, WqCfg.MAX_XFER_SHIFT) > GenCap.MAX_XFER_SHIFT.get(gencap)) {
      return CommandError.ERR_MAX_XFER_SIZE;
    }
    if (dedicated && pasid && wqcfg.isSet(wq, WqCfg.PRIV) && !hasPrivileged()) {
      return CommandError.ERR_PRIV;
    }
    if (wqcfg.isSet(wq, WqCfg.OCCUPANCY_INT_EN) && !isOccupancyInterruptValid(wq)) {
      return CommandError.ERR_OCCUPANCY_INT;
    }
    if (wqcfg.isSet(wq, WqCfg.ATS_DISABLE) && !WqCap.WQ_ATS_SUPPORT.isSet(wqcap)) {
      return CommandError.ERR_ATS_DISABLE;
    }
    if (profile.hasOperationConfig() && allowsUnsupported(wq)) {
      return CommandError.ERR_OP_CONFIG;
    }
    if (wqcfg.isSet(wq, WqCfg.PRS_DISABLE)
        && (bof || !WqCap.WQ_PRS_SUPPORT.isSet(wqcap) || !hasEventLog())) {
      return CommandError.ERR_PRS_DISABLE;
    }
    return CommandError.SUCCESS;
  }

  private boolean isOccupancyInterruptValid(int wq) {
    return WqCap.OCCUPANCY_INT.isSet(profile.wqcap())
        && interrupts.isUsable(
            registers.wqcfg.isSet(wq, WqCfg.OCCUPANCY_TABLE_SEL),
            registers.wqcfg.getInt(wq, WqCfg.OCCUPANCY_INTH));
  }

  private boolean allowsUnsupported(int wq) {
    for (int word = 0; word < 4; word++) {
      if ((registers.wqcfg.get(wq, WqCfg.opConfig(word)) & ~profile.opcapWord(word)) != 0) {
        return true;
      }
    }
    return false;
  }
}
