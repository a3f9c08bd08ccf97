package io.dsafs.hw.op;

import io.dsafs.spec.DeviceKind;
import io.dsafs.spec.Field;
import io.dsafs.spec.Flag;
import io.dsafs.spec.GenCap;

/**
 * The operations of one device: for each code what a descriptor may contain and what it does. The
 * rows follow from the general capabilities; there is a table for each kind of device.
 */
public abstract class OperationTable {
  /** Of a batch: a member before the continuation has failed. */
  public static final int BATCH_ERROR = 1 << 16;

  private final Rule[] rules = new Rule[256];
  private final Operation[] operations = new Operation[256];
  private final long gencap;

  OperationTable(long gencap) {
    this.gencap = gencap;
  }

  /**
   * The table of a device.
   *
   * @param gencap its GENCAP register
   */
  public static OperationTable of(DeviceKind kind, long gencap) {
    return kind == DeviceKind.IAX ? new IaxOperations(gencap) : new DsaOperations(gencap);
  }

  /** The rule of a code, or null where the model has no such operation. */
  public Rule rule(int opcode) {
    return rules[opcode];
  }

  /** The operation of a code, or null. */
  public Operation operation(int opcode) {
    return operations[opcode];
  }

  final boolean has(Field capability) {
    return capability.isSet(gencap);
  }

  final void put(int opcode, Operation operation, Rule.Builder rule) {
    operations[opcode] = operation;
    rules[opcode] = rule.build();
  }

  static Rule.Builder rule() {
    return new Rule.Builder();
  }

  /** What operations that write data at the destination have in common. */
  final Rule.Builder writer() {
    return cacheControl(rule()).allow(Flag.BOF, Flag.STORD, Flag.ADDR2_TCS);
  }

  final Rule.Builder cacheControl(Rule.Builder builder) {
    return builder
        .allow(Flag.CC.mask(), has(GenCap.CACHE_CONTROL_MEM))
        .allow(Flag.DRDBK.mask(), has(GenCap.DEST_READBACK))
        .allow(Flag.CRSTS.mask(), has(GenCap.DURABLE_WRITE));
  }
}
