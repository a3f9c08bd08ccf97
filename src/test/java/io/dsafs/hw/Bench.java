package io.dsafs.hw;

import io.dsafs.mem.Iommu;
import io.dsafs.mem.KernelMemory;
import io.dsafs.spec.Cmd;
import io.dsafs.spec.CmdStatus;
import io.dsafs.spec.Command;
import io.dsafs.spec.ConfigSpace;
import io.dsafs.spec.Field;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.GrpCfg;
import io.dsafs.spec.Portal;
import io.dsafs.spec.Register;
import io.dsafs.spec.SwErr;
import io.dsafs.spec.WqCfg;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * A device on the bench, poked at through its bus: two processes with PASIDs 1 and 2, everything
 * enabled in configuration space that an operating system enables, MSI-X with message data 0 to 8.
 */
final class Bench implements AutoCloseable {
  static final int MSIXPERM = 0x300;
  static final int GRPCFG = 0x400;
  static final int WQCFG = 0x500;
  static final int MSIX = 0x2000;
  static final int VECTORS = 9;

  final KernelMemory kernel = new KernelMemory("kernel");
  final KernelMemory process = new KernelMemory("process 1");
  final KernelMemory other = new KernelMemory("process 2");
  final Iommu iommu = new Iommu(true, kernel);
  final List<Integer> interrupts = Collections.synchronizedList(new ArrayList<>());
  final DsaDevice device;
  final DeviceProfile profile;

  /**
   * @param afterAnswer null: a device that is stepped
   */
  private Bench(DeviceProfile profile, AfterAnswer afterAnswer) {
    this.profile = profile;
    bindProcesses();
    device =
        afterAnswer != null
            ? DsaDevice.live("test", profile, iommu, afterAnswer)
            : DsaDevice.stepped(profile, iommu);
    device.connect((address, data) -> interrupts.add(data));
    boot();
  }

  private void bindProcesses() {
    if (!(iommu.bind(process) instanceof Iommu.Bound first) || first.pasid() != 1) {
      throw new IllegalStateException("the first process has PASID 1");
    }
    if (!(iommu.bind(other) instanceof Iommu.Bound second) || second.pasid() != 2) {
      throw new IllegalStateException("the second process has PASID 2");
    }
  }

  static Bench stepped() {
    return stepped(DeviceProfile.standard());
  }

  static Bench stepped(DeviceProfile profile) {
    return new Bench(profile, null);
  }

  static Bench live() {
    return live(DeviceProfile.standard());
  }

  static Bench live(DeviceProfile profile) {
    return new Bench(profile, AfterAnswer.AT_ONCE);
  }

  static Bench live(AfterAnswer afterAnswer) {
    return new Bench(DeviceProfile.standard(), afterAnswer);
  }

  /** What firmware and operating system do before a driver comes. */
  void boot() {
    device.configWrite(
        ConfigSpace.COMMAND, 2, ConfigSpace.MEMORY_ENABLE | ConfigSpace.BUS_MASTER_ENABLE);
    setConfig(
        ConfigSpace.PASID_CONTROL,
        ConfigSpace.PASID_ENABLE | ConfigSpace.PASID_PRIVILEGED_ENABLE,
        true);
    setConfig(ConfigSpace.ATS_CONTROL, ConfigSpace.ATS_ENABLE, true);
    setConfig(ConfigSpace.MSIX_CONTROL, ConfigSpace.MSIX_ENABLE, true);
    for (int vector = 0; vector < VECTORS; vector++) {
      device.write(0, MSIX + 16 * vector, 8, 0xfee00000L);
      device.write(0, MSIX + 16 * vector + 8, 4, vector);
      device.write(0, MSIX + 16 * vector + 12, 4, 0);
    }
  }

  void setConfig(int offset, int bits, boolean on) {
    int before = device.configRead(offset, 4);
    device.configWrite(offset, 4, on ? before | bits : before & ~bits);
  }

  void enablePageRequests() {
    device.configWrite(ConfigSpace.PRI_ALLOCATION, 4, 512);
    setConfig(ConfigSpace.PRI_CONTROL, ConfigSpace.PRI_ENABLE, true);
  }

  // Registers.

  long read(Register register) {
    return device.read(0, register.offset(), register.sizeBytes() == 4 ? 4 : 8);
  }

  long get(Register register, Field field) {
    return field.get(device.read(0, register.offset() + 8L * field.word(), 8));
  }

  void set(Register register, Field field, long value) {
    device.write(0, register.offset(), 4, field.with(read(register), value));
  }

  private int wqcfgStride() {
    return (profile.wqcap() >>> 24 & 0xf) == 1 ? 64 : 32;
  }

  long wq(int index, Field field) {
    return field.get(device.read(0, wqOffset(index, field), 8));
  }

  private long wqOffset(int index, Field field) {
    return WQCFG + (long) index * wqcfgStride() + 8L * field.word();
  }

  void setWq(int index, Field field, long value) {
    if (field.widthBits() == 64) {
      device.write(0, wqOffset(index, field), 8, value);
      return;
    }
    long dword = WQCFG + (long) index * wqcfgStride() + field.dwordOffset();
    int before = (int) device.read(0, dword, 4);
    device.write(0, dword, 4, field.with32(before, (int) value) & 0xffff_ffffL);
  }

  void setGroup(int index, Field field, long value) {
    long offset = GRPCFG + 64L * index + 8L * field.word();
    device.write(0, offset, 8, field.with(device.read(0, offset, 8), value));
  }

  String swerrorHex() {
    StringBuilder hex = new StringBuilder();
    for (int i = 0; i < SwErr.SWERROR.sizeBytes(); i++) {
      hex.append(String.format(Locale.ROOT, "%02x", device.read(0, SwErr.SWERROR.offset() + i, 1)));
    }
    return hex.toString();
  }

  int swerrorCode() {
    return SwErr.VALID.isSet(device.read(0, SwErr.SWERROR.offset(), 8))
        ? (int) get(SwErr.SWERROR, SwErr.ERROR)
        : 0;
  }

  // Configuration and commands.

  /** A queue with the largest limits and priority 10, in group 0. */
  void configureWq(int index, boolean dedicated, int size, int threshold) {
    setWq(index, WqCfg.SIZE, size);
    setWq(index, WqCfg.THRESHOLD, threshold);
    setWq(index, WqCfg.MODE, dedicated ? 1 : 0);
    setWq(index, WqCfg.PRIORITY, 10);
    setWq(index, WqCfg.PASID_EN, 1);
    setWq(index, WqCfg.PASID, 1);
    setWq(index, WqCfg.MAX_XFER_SHIFT, GenCap.MAX_XFER_SHIFT.get(profile.gencap()));
    setWq(index, WqCfg.MAX_BATCH_SHIFT, GenCap.MAX_BATCH_SHIFT.get(profile.gencap()));
  }

  void group(int index, long queues, long engines) {
    setGroup(index, GrpCfg.WQS, queues);
    setGroup(index, GrpCfg.ENGINES, engines);
  }

  /** One dedicated queue of size 16 in group 0 with engine 0, nothing enabled. */
  Bench configured() {
    configureWq(0, true, 16, 0);
    group(0, 1, 1);
    return this;
  }

  /** The same, enabled. */
  Bench enabled() {
    configured();
    run(Command.ENABLE_DEVICE, 0);
    run(Command.ENABLE_WQ, 0);
    return this;
  }

  int command(int word) {
    device.write(0, Cmd.CMD.offset(), 4, word & 0xffff_ffffL);
    return (int) read(CmdStatus.CMDSTATUS);
  }

  /** Runs a command that must succeed. */
  void run(Command command, int operand) {
    int status = command(command.word(operand));
    if (status != 0) {
      throw new IllegalStateException(command + " answers " + Integer.toHexString(status));
    }
  }

  // Submission.

  static ByteBuffer descriptor(int opcode, int flags, long record, long source, long destination) {
    ByteBuffer bytes = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(0, 1);
    bytes.putInt(4, flags | opcode << 24);
    bytes.putLong(8, record);
    bytes.putLong(16, source);
    bytes.putLong(24, destination);
    return bytes;
  }

  static ByteBuffer noop() {
    return descriptor(0, 0, 0, 0, 0);
  }

  void post(int wq, ByteBuffer descriptor) {
    device.postedWrite64(2, Portal.UNLIMITED.offset(wq), descriptor, 0);
  }

  boolean enqueue(int wq, ByteBuffer descriptor) {
    return device.deferrableWrite64(2, Portal.LIMITED.offset(wq), descriptor, 0);
  }

  @Override
  public void close() {
    device.close();
  }
}
