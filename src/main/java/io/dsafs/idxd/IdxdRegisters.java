package io.dsafs.idxd;

import io.dsafs.pci.MappedBar;
import io.dsafs.spec.Cmd;
import io.dsafs.spec.CmdCap;
import io.dsafs.spec.CmdStatus;
import io.dsafs.spec.Command;
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
import io.dsafs.spec.IntCause;
import io.dsafs.spec.MsixPerm;
import io.dsafs.spec.Offsets;
import io.dsafs.spec.OpCap;
import io.dsafs.spec.SwErr;
import io.dsafs.spec.Version;
import io.dsafs.spec.WqCap;
import io.dsafs.spec.WqCfg;
import java.util.List;

/**
 * The device's registers and tables as the driver reads and writes them, through BAR 0.
 *
 * <p>64-bit registers are accessed as two 32-bit halves, the low one first. Sequences that must not
 * mix are the callers' business.
 */
public final class IdxdRegisters {
  /** 64-bit words of a group's queue bitmap. */
  static final int GROUP_WQ_WORDS = GrpCfg.ENGINES.word();

  private final MappedBar bar;
  private final long groupTable;
  private final long wqTable;
  private final long msixPermTable;
  private final int wqStrideBytes;

  /** Reads where the tables are; an entry of a queue has 32 bytes, as in the first version. */
  public IdxdRegisters(MappedBar bar) {
    this(bar, WqCfg.WQCFG.sizeBytes());
  }

  /** Reads where the tables are. Mirrors idxd_read_table_offsets(). */
  public IdxdRegisters(MappedBar bar, int wqStrideBytes) {
    this.bar = bar;
    this.wqStrideBytes = wqStrideBytes;
    long[] offsets = {
      bar.read64(Offsets.OFFSETS.wordOffset(0)), bar.read64(Offsets.OFFSETS.wordOffset(1))
    };
    groupTable = Offsets.GRPCFG.in(offsets) * Offsets.UNIT_BYTES;
    wqTable = Offsets.WQCFG.in(offsets) * Offsets.UNIT_BYTES;
    msixPermTable = Offsets.MSIX_PERM.in(offsets) * Offsets.UNIT_BYTES;
  }

  public int version() {
    return bar.read32(Version.VERSION.offset());
  }

  public long gencap() {
    return bar.read64(GenCap.GENCAP.offset());
  }

  public long grpcap() {
    return bar.read64(GrpCap.GRPCAP.offset());
  }

  public long engcap() {
    return bar.read64(EngCap.ENGCAP.offset());
  }

  public long wqcap() {
    return bar.read64(WqCap.WQCAP.offset());
  }

  /** CMDCAP, which means something with its bit of GENCAP only. */
  public long cmdcap() {
    return bar.read64(CmdCap.CMDCAP.offset());
  }

  /** IAACAP, of an IAX of version 2 and later. */
  public long iaacap() {
    return bar.read64(IaaCap.IAACAP.offset());
  }

  /** DSACAP0 to DSACAP2, of a DSA of version 3 and later. */
  public List<Long> dsacap() {
    return List.of(
        bar.read64(DsaCap.DSACAP0.offset()),
        bar.read64(DsaCap.DSACAP1.offset()),
        bar.read64(DsaCap.DSACAP2.offset()));
  }

  /**
   * Says where the event log is.
   *
   * @param address of its first entry, a multiple of 4096; 0 for none
   * @param entries 0 for none
   */
  public void writeEventLog(long address, int entries) {
    bar.write64(Evl.EVLCFG.wordOffset(0), address);
    bar.write64(Evl.EVLCFG.wordOffset(1), entries);
  }

  /** EVLSTATUS: head, tail, and whether an interrupt is pending. */
  public long eventLogStatus() {
    return bar.read64(Evl.EVLSTATUS.offset());
  }

  /** The entries before this one have been read. */
  public void writeEventLogHead(int head) {
    bar.write32(Evl.EVLSTATUS.offset(), head);
  }

  /** Lets the event log interrupt again. */
  public void acknowledgeEventLog() {
    bar.write32(
        Evl.EVLSTATUS.offset() + Integer.BYTES, (int) (Evl.INT_PENDING.mask() >>> Integer.SIZE));
  }

  /** The operation codes {@code 64 * word} and up. */
  public long opcap(int word) {
    return bar.read64(OpCap.OPCAP.wordOffset(word));
  }

  public void sendCommand(Command command, int operand) {
    bar.write32(Cmd.CMD.offset(), command.word(operand));
  }

  public int commandStatus() {
    return bar.read32(CmdStatus.CMDSTATUS.offset());
  }

  /** GENSTATS, for {@link GenSts.State#of} and {@link GenSts.ResetType#of}. */
  public int deviceStatus() {
    return bar.read32(GenSts.GENSTS.offset());
  }

  public boolean deviceEnabled() {
    return GenSts.State.of(deviceStatus()) == GenSts.State.ENABLED;
  }

  public int interruptCause() {
    return bar.read32(IntCause.INTCAUSE.offset());
  }

  /** Clears the named causes. */
  public void acknowledgeInterrupt(int causes) {
    bar.write32(IntCause.INTCAUSE.offset(), causes);
  }

  public SoftwareError readSoftwareError() {
    return new SoftwareError(
        bar.read64(SwErr.SWERROR.wordOffset(0)),
        bar.read64(SwErr.SWERROR.wordOffset(1)),
        bar.read64(SwErr.SWERROR.wordOffset(2)),
        bar.read64(SwErr.SWERROR.wordOffset(3)));
  }

  /** Whether an error is recorded that has not been acknowledged. */
  public boolean hasSoftwareError() {
    return SwErr.VALID.isSet(bar.read64(SwErr.SWERROR.wordOffset(0)));
  }

  /** Lets the device record the next error. */
  public void acknowledgeSoftwareError() {
    bar.write64(SwErr.SWERROR.offset(), SwErr.VALID.mask() | SwErr.OVERFLOW.mask());
  }

  /**
   * Drops an error that was recorded while nobody listened. The reset of the probe keeps it, and
   * behind it no later error would interrupt: neither errors nor halts would ever be heard of
   * again. The posted code has no such step.
   */
  public void dropStaleSoftwareError() {
    if (hasSoftwareError()) {
      acknowledgeSoftwareError();
    }
  }

  /** Whether errors raise vector 0. Mirrors idxd_mask_error_interrupts() and its opposite. */
  public void setErrorInterrupts(boolean on) {
    setControl(GenCtrl.SOFTERR_INT_EN, on);
  }

  /** Sets a flag of GENCTRL. */
  public void setControl(Field flag, boolean on) {
    int control = bar.read32(GenCtrl.GENCTRL.offset());
    bar.write32(GenCtrl.GENCTRL.offset(), flag.with32(control, on ? 1 : 0));
  }

  public void setTokenLimit(int tokens) {
    setConfig(GenCfg.TOKEN_LIMIT, tokens);
  }

  /** GENCFG. */
  public int config() {
    return bar.read32(GenCfg.GENCFG.offset());
  }

  /** Sets a field of GENCFG. */
  public void setConfig(Field field, int value) {
    bar.write32(GenCfg.GENCFG.offset(), field.with32(config(), value));
  }

  /** Says who may use a vector: nobody's PASID in particular if {@code pasid} is 0. */
  public void writeMsixPermission(int vector, int pasid) {
    int entry = MsixPerm.PASID_EN.with32(0, pasid != 0 ? 1 : 0);
    bar.write32(msixPermission(vector), MsixPerm.PASID.with32(entry, pasid));
  }

  /** Masks a vector. Mirrors idxd_mask_msix_vector() and its opposite. */
  public void setMasked(int vector, boolean masked) {
    int entry = bar.read32(msixPermission(vector));
    bar.write32(msixPermission(vector), MsixPerm.IGNORE.with32(entry, masked ? 1 : 0));
  }

  private long msixPermission(int vector) {
    return msixPermTable + (long) vector * MsixPerm.STRIDE_BYTES;
  }

  /** Writes size 0 if the device has another. */
  public void clearLeftSize(int wq) {
    long offset = wqEntry(wq) + WqCfg.SIZE.dwordOffset();
    if (WqCfg.SIZE.get32(bar.read32(offset)) != 0) {
      bar.write32(offset, 0);
    }
  }

  /** Writes a queue's entry, dword by dword upwards. */
  public void writeWq(int wq, long[] words) {
    for (int i = 0; i < words.length; i++) {
      bar.write64(wqEntry(wq) + (long) i * Long.BYTES, words[i]);
    }
  }

  /** Changes who a dedicated queue works for, and nothing else. */
  public void setWqPasid(int wq, boolean enabled, int pasid) {
    long at = wqEntry(wq) + WqCfg.PASID.dwordOffset();
    int dword = WqCfg.PASID_EN.with32(bar.read32(at), enabled ? 1 : 0);
    bar.write32(at, WqCfg.PASID.with32(dword, pasid));
  }

  /** A queue's entry, as many words as {@code words} has room for. */
  public void readWq(int wq, long[] words) {
    for (int i = 0; i < words.length; i++) {
      words[i] = bar.read64(wqEntry(wq) + (long) i * Long.BYTES);
    }
  }

  /** How many descriptors a queue holds now. */
  public int occupancy(int wq) {
    return WqCfg.OCCUPANCY.get32(bar.read32(wqEntry(wq) + WqCfg.OCCUPANCY.dwordOffset()));
  }

  /** The bitmap of a group's queues, as in {@link #writeGroupMembers}. */
  public long[] groupWqs(int group) {
    long[] words = new long[GROUP_WQ_WORDS];
    for (int i = 0; i < words.length; i++) {
      words[i] = bar.read64(groupEntry(group) + (long) i * Long.BYTES);
    }
    return words;
  }

  /** The bitmap of a group's engines. */
  public long groupEngines(int group) {
    return bar.read64(groupEntry(group) + GrpCfg.ENGINES.byteOffset());
  }

  /** Writes all flags of a group. */
  public void writeGroupFlags64(int group, long flags) {
    bar.write64(groupEntry(group) + GrpCfg.TC_A.dwordOffset(), flags);
  }

  private long wqEntry(int wq) {
    return wqTable + (long) wq * wqStrideBytes;
  }

  private long groupEntry(int group) {
    return groupTable + (long) group * GrpCfg.STRIDE_BYTES;
  }

  /**
   * Writes who belongs to a group.
   *
   * @param wqs bit n of word m is queue 64 * m + n
   * @param engines bit n is engine n
   */
  public void writeGroupMembers(int group, long[] wqs, long engines) {
    long at = groupEntry(group);
    for (int i = 0; i < wqs.length; i++) {
      bar.write64(at + (long) i * Long.BYTES, wqs[i]);
    }
    bar.write64(at + GrpCfg.ENGINES.byteOffset(), engines);
  }

  /** Writes the low dword of a group's flags. */
  public void writeGroupFlags32(int group, int flags) {
    bar.write32(groupEntry(group) + GrpCfg.TC_A.dwordOffset(), flags);
  }
}
