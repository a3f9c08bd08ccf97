package io.dsafs.hw;

import io.dsafs.spec.Access;
import io.dsafs.spec.Cmd;
import io.dsafs.spec.CmdCap;
import io.dsafs.spec.CmdStatus;
import io.dsafs.spec.ConfigSpace;
import io.dsafs.spec.DsaCap;
import io.dsafs.spec.EngCap;
import io.dsafs.spec.Evl;
import io.dsafs.spec.Field;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.GenCfg;
import io.dsafs.spec.GenCtrl;
import io.dsafs.spec.GenSts;
import io.dsafs.spec.GrpCap;
import io.dsafs.spec.GrpCfg;
import io.dsafs.spec.IaaCap;
import io.dsafs.spec.Ims;
import io.dsafs.spec.IntCause;
import io.dsafs.spec.Layout;
import io.dsafs.spec.MsixPerm;
import io.dsafs.spec.MsixTable;
import io.dsafs.spec.Offsets;
import io.dsafs.spec.OpCap;
import io.dsafs.spec.Register;
import io.dsafs.spec.SwErr;
import io.dsafs.spec.Version;
import io.dsafs.spec.WqCap;
import io.dsafs.spec.WqCfg;
import java.util.List;
import java.util.Locale;

/**
 * The registers and tables of one device, in their places and with the reset values of its profile.
 * Source: hardware reference section 2.2; table offsets are the model's.
 */
final class Registers {
  private static final int GRPCFG_OFFSET = 0x400;
  private static final int WQCFG_OFFSET = 0x500;
  private static final int MSIXPERM_OFFSET = 0x300;
  private static final int IMS_OFFSET = 0x4000;
  private static final int PERFMON_OFFSET = 0x1000;
  private static final int IMS_STRIDE = 16;
  private static final int MSIX_STRIDE = 16;
  private static final int MSIX_SIZE_SHIFT = 16;
  private static final int MSIX_SIZE_MASK = 0x7ff;

  final RegisterSpace space = new RegisterSpace();
  final Bank gencfg;
  final Bank genctrl;
  final Bank gensts;
  final Bank intcause;
  final Bank cmd;
  final Bank cmdstatus;
  final Bank swerror;
  final Bank msixperm;
  final Bank grpcfg;
  final Bank wqcfg;
  final Bank msix;
  final Bank pending;

  /** Null on a device without. */
  final Bank ims;

  /** Null on a device without event log. */
  final Bank evlcfg;

  final Bank evlstatus;

  Registers(DeviceProfile profile, PciConfig config) {
    fixed(Version.VERSION, 0, profile.version());
    fixed(GenCap.of(profile.kind()), 0, profile.gencap());
    fixed(WqCap.WQCAP, 0, profile.wqcap());
    fixed(GrpCap.GRPCAP, 0, profile.grpcap());
    fixed(EngCap.ENGCAP, 0, profile.engcap());
    Bank opcap = space.add(OpCap.OPCAP);
    for (int word = 0; word < OpCap.OPCAP.layout().words(); word++) {
      setFixed(opcap, word, profile.opcapWord(word));
    }
    boolean hasIms = profile.imsEntries() > 0;
    Bank offsets = space.add(Offsets.OFFSETS);
    offsets.resetTo(Offsets.GRPCFG, GRPCFG_OFFSET / Offsets.UNIT_BYTES);
    offsets.resetTo(Offsets.WQCFG, WQCFG_OFFSET / Offsets.UNIT_BYTES);
    offsets.resetTo(Offsets.MSIX_PERM, MSIXPERM_OFFSET / Offsets.UNIT_BYTES);
    offsets.resetTo(Offsets.IMS, hasIms ? IMS_OFFSET / Offsets.UNIT_BYTES : 0);
    offsets.resetTo(Offsets.PERFMON, PERFMON_OFFSET / Offsets.UNIT_BYTES);
    gencfg = space.add(GenCfg.GENCFG).resetTo(GenCfg.TOKEN_LIMIT, profile.totalReadBuffers());
    genctrl = space.add(GenCtrl.GENCTRL);
    gensts = space.add(GenSts.GENSTS);
    intcause = space.add(IntCause.INTCAUSE);
    cmd = space.add(Cmd.CMD);
    cmdstatus = space.add(CmdStatus.CMDSTATUS);
    if (GenCap.CMD_CAP.isSet(profile.gencap())) {
      fixed(CmdCap.CMDCAP, 0, profile.cmdcap());
    }
    swerror = space.add(SwErr.SWERROR);
    evlcfg = profile.hasEventLog() ? space.add(Evl.EVLCFG) : null;
    evlstatus = profile.hasEventLog() ? space.add(Evl.EVLSTATUS) : null;
    addKindCapabilities(profile);
    int vectors = (config.get(ConfigSpace.MSIX_CONTROL) >>> MSIX_SIZE_SHIFT & MSIX_SIZE_MASK) + 1;
    msixperm = space.add(MsixPerm.MSIXPERM, MSIXPERM_OFFSET, MsixPerm.STRIDE_BYTES, vectors);
    grpcfg = space.add(GrpCfg.GRPCFG, GRPCFG_OFFSET, GrpCfg.STRIDE_BYTES, profile.groupCount());
    Layout wide = profile.hasWideQueueConfig() ? WqCfg.WQCFG_WITH_OPCFG : WqCfg.WQCFG;
    wqcfg = space.add(wide, WQCFG_OFFSET, wide.sizeBytes(), profile.queueCount());
    msix = space.add(MsixTable.ENTRY, MsixTable.OFFSET, MSIX_STRIDE, vectors);
    pending = space.add(MsixTable.PENDING, MsixTable.PENDING_OFFSET, Long.BYTES, 1);
    ims = hasIms ? space.add(Ims.ENTRY, IMS_OFFSET, IMS_STRIDE, profile.imsEntries()) : null;
    setTableResets(profile);
  }

  /** What lies from 0x180 on: nothing of it on a first-generation part. */
  private void addKindCapabilities(DeviceProfile profile) {
    if (profile.hasIaaCap()) {
      fixed(IaaCap.IAACAP, 0, profile.iaacap());
    }
    if (profile.hasDsaCaps()) {
      for (int i = 0; i < DsaCap.REGISTERS.size(); i++) {
        fixed(DsaCap.REGISTERS.get(i), 0, profile.dsacapWord(i));
      }
    }
  }

  private void fixed(Register register, int word, long value) {
    setFixed(space.add(register), word, value);
  }

  /** Gives the declared bits of a word a value for good. */
  private static void setFixed(Bank bank, int word, long value) {
    for (Field field : bank.layout().fields()) {
      if (field.word() == word) {
        bank.resetTo(field, field.get(value));
      }
    }
  }

  private void setTableResets(DeviceProfile profile) {
    grpcfg.resetTo(GrpCfg.TOKENS_ALLOWED, profile.totalReadBuffers());
    if (profile.hasWideQueueConfig()) {
      for (int word = 0; word < OpCap.OPCAP.layout().words(); word++) {
        wqcfg.resetTo(WqCfg.opConfig(word), profile.opcapWord(word));
      }
    }
    List<DeviceProfile.Queue> queues = profile.queues();
    for (int i = 0; i < queues.size(); i++) {
      DeviceProfile.Queue queue = queues.get(i);
      wqcfg.resetTo(i, WqCfg.SIZE, queue.size());
      wqcfg.resetTo(i, WqCfg.THRESHOLD, queue.threshold());
      wqcfg.resetTo(i, WqCfg.MODE, queue.dedicated() ? 1 : 0);
      wqcfg.resetTo(i, WqCfg.PRIORITY, queue.priority());
      wqcfg.resetTo(i, WqCfg.MAX_XFER_SHIFT, queue.maxTransferShift());
      wqcfg.resetTo(i, WqCfg.MAX_BATCH_SHIFT, queue.maxBatchShift());
      wqcfg.resetTo(i, WqCfg.MODE_SUPPORT, queue.modeSupport() ? 1 : 0);
    }
    List<DeviceProfile.Group> groups = profile.groups();
    for (int i = 0; i < groups.size(); i++) {
      DeviceProfile.Group group = groups.get(i);
      grpcfg.resetTo(i, GrpCfg.WQS, group.queues());
      grpcfg.resetTo(i, GrpCfg.ENGINES, group.engines());
      grpcfg.resetTo(i, GrpCfg.TC_A, group.trafficClassA());
      grpcfg.resetTo(i, GrpCfg.TC_B, group.trafficClassB());
      grpcfg.resetTo(i, GrpCfg.TOKENS_ALLOWED, group.tokensAllowed());
    }
  }

  /** Power-on, warm or function-level reset. */
  void resetAll() {
    for (Bank bank : space.banks()) {
      bank.reset();
    }
  }

  /** The Reset Device command: command, status, error and MSI-X table are kept. */
  void resetByCommand() {
    for (Bank bank : space.banks()) {
      boolean kept =
          bank == cmd || bank == cmdstatus || bank == swerror || bank == evlstatus || bank == msix;
      if (!kept) {
        bank.reset();
      }
    }
  }

  /** Every register by name with its fields; entries of the long table only if they differ. */
  String describe() {
    StringBuilder text = new StringBuilder();
    for (Bank bank : space.banks()) {
      boolean onlyChanged = bank == ims;
      for (int index = 0; index < bank.count(); index++) {
        if (!onlyChanged || !bank.isReset(index)) {
          describe(text, bank, index);
        }
      }
    }
    return text.toString();
  }

  private static void describe(StringBuilder text, Bank bank, int index) {
    Layout layout = bank.layout();
    text.append(layout.name());
    if (bank.count() > 1) {
      text.append('[').append(index).append(']');
    }
    text.append(String.format(Locale.ROOT, " 0x%04x", bank.offset() + index * bank.stride()));
    for (int word = 0; word < layout.words(); word++) {
      int digits = layout.widthBits() - 64 * word >= 64 ? 16 : 8;
      text.append(
          String.format(Locale.ROOT, " 0x%0" + digits + "x", bank.visibleWord(index, word)));
    }
    text.append('\n');
    for (Field field : layout.fields()) {
      if (field.access() != Access.RESERVED) {
        long value = field.get(bank.visibleWord(index, field.word()));
        text.append(
            String.format(
                Locale.ROOT, "  %s %s 0x%x%n", field.name(), field.access().mark(), value));
      }
    }
  }
}
