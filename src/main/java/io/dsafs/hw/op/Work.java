package io.dsafs.hw.op;

import io.dsafs.mem.AddressSpace;
import io.dsafs.mem.DmaBuffer;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.Field;
import io.dsafs.spec.Flag;
import io.dsafs.spec.IaxError;
import io.dsafs.spec.Status;
import java.util.Arrays;
import java.util.function.BooleanSupplier;

/**
 * A descriptor on its way through an engine: what it says, the memory it works on, and what has
 * come of it so far. One object serves one descriptor after the other.
 */
public final class Work {
  static final int PAGE_BYTES = 4096;

  private static final int WORDS = Descriptor.SIZE_BYTES / 8;

  /** Of the longest record. */
  private static final int RECORD_WORDS = 8;

  private final long[] words = new long[WORDS];
  private final Buffers buffers;
  private final BooleanSupplier cancelled;

  private AddressSpace memory;
  private AddressSpace operands;
  private long maxTransferBytes;
  private long maxBatch;
  private boolean faultsAreRefusals;

  private int status;
  private int result;
  private int invalidFlags;
  private long bytesCompleted;
  private Operand faultOperand = Operand.UNKNOWN;
  private boolean faultWrite;
  private long faultAddress;
  private final long[] specific = new long[RECORD_WORDS];

  /**
   * @param buffers of the engine
   * @param cancelled whether what is under way shall end without effect; asked between pieces
   */
  public Work(Buffers buffers, BooleanSupplier cancelled) {
    this.buffers = buffers;
    this.cancelled = cancelled;
  }

  /** The eight words of the descriptor, to be filled. */
  public long[] words() {
    return words;
  }

  /**
   * Begins with the descriptor in {@link #words}: success so far.
   *
   * @param space the memory as record, descriptor list and readbacks see it, or null where nothing
   *     is mapped
   * @param operandSpace the memory as the operands see it, or null
   * @param maxTransfer the queue's limit in bytes
   * @param maxDescriptors the queue's limit for batches
   * @param refusing whether the operating system was asked about a fault and refused, for
   *     descriptors that block on faults
   */
  public void begin(
      AddressSpace space,
      AddressSpace operandSpace,
      long maxTransfer,
      long maxDescriptors,
      boolean refusing) {
    memory = space;
    operands = operandSpace;
    maxTransferBytes = maxTransfer;
    maxBatch = maxDescriptors;
    faultsAreRefusals = refusing;
    status = Status.SUCCESS.code();
    result = 0;
    invalidFlags = 0;
    bytesCompleted = 0;
    faultOperand = Operand.UNKNOWN;
    faultWrite = false;
    faultAddress = 0;
    Arrays.fill(specific, 0);
  }

  // What the descriptor says.

  public long get(Field field) {
    return field.get(words[field.word()]);
  }

  public int getInt(Field field) {
    return (int) get(field);
  }

  public int flags() {
    return (int) (words[0] >>> 32) & 0xff_ffff;
  }

  public boolean has(Flag flag) {
    return flag.in(flags());
  }

  public int opcode() {
    return (int) (words[0] >>> 56);
  }

  public long completionAddress() {
    return words[1];
  }

  long source() {
    return words[2];
  }

  long destination() {
    return words[3];
  }

  /** The transfer size in bytes, or the number of descriptors. */
  public long size() {
    return words[4] & 0xffff_ffffL;
  }

  public int interruptHandle() {
    return (int) (words[4] >>> 32) & 0xffff;
  }

  long maxTransferBytes() {
    return maxTransferBytes;
  }

  public long maxBatch() {
    return maxBatch;
  }

  public Buffers buffers() {
    return buffers;
  }

  public boolean cancelled() {
    return cancelled.getAsBoolean();
  }

  // Memory.

  /** The memory that holds record, descriptor list and readbacks, or null: nothing is mapped. */
  public AddressSpace memory() {
    return memory;
  }

  /** Reads a part of a descriptor list to the start of a buffer; answers how far it got. */
  public int readList(long address, DmaBuffer into, int length) {
    return memory == null ? 0 : memory.read(address, into, 0, length);
  }

  /** Whether a byte can be read back. */
  boolean isReadable(long address) {
    return memory != null && memory.readableBytes(address, 1) == 1;
  }

  /** Reads of an operand to the start of a buffer; answers how far it got. */
  int read(long address, DmaBuffer into, int length) {
    return read(address, into, 0, length);
  }

  /** As {@link #read(long, DmaBuffer, int)}, to an offset in the buffer. */
  int read(long address, DmaBuffer into, int offset, int length) {
    return operands == null || length == 0 ? 0 : operands.read(address, into, offset, length);
  }

  /** Writes to an operand from the start of a buffer; answers how far it got. */
  int write(long address, DmaBuffer from, int length) {
    return write(address, from, 0, length);
  }

  /** As {@link #write(long, DmaBuffer, int)}, from an offset in the buffer. */
  int write(long address, DmaBuffer from, int offset, int length) {
    return operands == null || length == 0 ? 0 : operands.write(address, from, offset, length);
  }

  int readableBytes(long address, int length) {
    return operands == null || length == 0 ? 0 : operands.readableBytes(address, length);
  }

  /** How many bytes of an operand from an address on could be written. */
  int writableBytes(long address, int length) {
    return operands == null || length == 0 ? 0 : operands.writableBytes(address, length);
  }

  // The outcome.

  /** Ends with a status. */
  public void end(Status outcome) {
    status = outcome.code();
  }

  /** Ends with invalid flags. */
  public void endInvalidFlags(int mask) {
    status = Status.INVALID_FLAGS.code();
    invalidFlags = mask;
    specific[2] = mask;
  }

  /**
   * Ends with a page fault on an operand of the operation.
   *
   * @param address of the first byte that could not be reached; the record names its page
   * @param completed bytes that are completely done
   */
  void endFault(Operand operand, boolean write, long address, long completed) {
    Status code = faultsAreRefusals ? Status.PAGE_FAULT_IR : Status.PAGE_FAULT_NOBOF;
    endFault(code, operand, write, address);
    bytesCompleted = completed;
  }

  /** Ends with a page fault that has a status of its own. */
  public void endFault(Status code, Operand operand, boolean write, long address) {
    status = code.code();
    faultOperand = operand;
    faultWrite = write;
    faultAddress = address & -PAGE_BYTES;
  }

  /** Ends with an analytics error. */
  void endAnalytics(IaxError error) {
    status = Status.ANALYTICS_ERROR.code();
    result = error.code();
  }

  /** Success whose result is not the expected one, if the descriptor asks for the check. */
  void endChecked(boolean asExpected) {
    boolean wrong = has(Flag.CR) && !asExpected;
    end(wrong ? Status.SUCCESS_PRED : Status.SUCCESS);
  }

  public void setResult(int value) {
    result = value;
  }

  public void setBytesCompleted(long value) {
    bytesCompleted = value;
  }

  /** Bytes 16 to 23 of the record. */
  void setSpecific0(long value) {
    specific[2] = value;
  }

  /** Bytes 24 to 31 of the record. */
  void setSpecific1(long value) {
    specific[3] = value;
  }

  /** A field of the record, from byte 16 on. */
  void set(Field field, long value) {
    specific[field.word()] = field.with(specific[field.word()], value);
  }

  /** The code, without the mark of a faulting write. */
  public int status() {
    return status;
  }

  public boolean succeeded() {
    return status == Status.SUCCESS.code();
  }

  public int result() {
    return result;
  }

  public int invalidFlags() {
    return invalidFlags;
  }

  public long bytesCompleted() {
    return bytesCompleted;
  }

  public Operand faultOperand() {
    return faultOperand;
  }

  public boolean faultWrite() {
    return faultWrite;
  }

  public long faultAddress() {
    return faultAddress;
  }

  /**
   * What the operation says in its record, eight bytes at a time.
   *
   * @param word from 2, the bytes 16 to 23, on
   */
  public long specific(int word) {
    return specific[word];
  }
}
