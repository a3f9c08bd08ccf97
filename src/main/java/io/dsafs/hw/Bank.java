package io.dsafs.hw;

import io.dsafs.spec.Access;
import io.dsafs.spec.Field;
import io.dsafs.spec.Layout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.IntToLongFunction;

/**
 * Registers of one layout with their values and with what their fields set off: a single register,
 * or the entries of a table. All methods are called with the device lock held.
 */
final class Bank {
  /** What a write to a field sets off, after all fields of the dword have their new values. */
  @FunctionalInterface
  interface WriteAction {
    /**
     * @param index the entry
     * @param written the dword as it was written, 0 in the bytes that were not
     */
    void written(int index, int written);
  }

  /** Whether a field takes what is written to it. */
  @FunctionalInterface
  interface Guard {
    /**
     * @param index the entry
     * @param written the dword as it was written, 0 in the bytes that were not
     */
    boolean takes(int index, int written);
  }

  private record WriteHook(int mask, WriteAction action) {}

  private record ReadHook(Field field, IntToLongFunction value) {}

  private record LockHook(int mask, Guard guard) {}

  private static final WriteHook[] NO_WRITE = {};
  private static final ReadHook[] NO_READ = {};
  private static final LockHook[] NO_LOCK = {};

  private final Layout layout;
  private final int offset;
  private final int stride;
  private final int count;
  private final int words;
  private final long[] values;
  private final long[] resets;
  private final int[] writeMasks;
  private final int[] oneClearsMasks;
  private final int[] readMasks;
  private final WriteHook[][] writeHooks;
  private final ReadHook[][] readHooks;
  private final LockHook[][] lockHooks;

  /**
   * @param offset of the first entry in BAR0
   * @param stride from one entry to the next, in bytes
   * @param count how many entries
   */
  Bank(Layout layout, int offset, int stride, int count) {
    this.layout = layout;
    this.offset = offset;
    this.stride = stride;
    this.count = count;
    words = layout.words();
    values = new long[words * count];
    resets = new long[words * count];
    int dwords = layout.widthBits() / 32;
    writeMasks = new int[dwords];
    oneClearsMasks = new int[dwords];
    readMasks = new int[dwords];
    writeHooks = new WriteHook[dwords][];
    readHooks = new ReadHook[dwords][];
    lockHooks = new LockHook[dwords][];
    for (int dword = 0; dword < dwords; dword++) {
      writeHooks[dword] = NO_WRITE;
      readHooks[dword] = NO_READ;
      lockHooks[dword] = NO_LOCK;
      for (Field field : layout.fields()) {
        int mask = maskIn(field, dword);
        if (field.access() == Access.READ_WRITE || field.access() == Access.READ_WRITE_LOCKED) {
          writeMasks[dword] |= mask;
        } else if (field.access() == Access.WRITE_ONE_CLEARS) {
          oneClearsMasks[dword] |= mask;
        }
        if (field.access() != Access.RESERVED && field.access() != Access.WRITE_ONLY) {
          readMasks[dword] |= mask;
        }
      }
    }
    for (int i = 0; i < resets.length; i++) {
      resets[i] = layout.reset(i % words);
    }
    reset();
  }

  /** The bits of a field in a dword of the layout. */
  private static int maskIn(Field field, int dword) {
    if (field.word() != dword / 2) {
      return 0;
    }
    return (int) (field.mask() >>> (32 * (dword % 2)));
  }

  // Wiring, before first use.

  /** Other reset values than the layout says. */
  Bank resetTo(Field field, long value) {
    for (int index = 0; index < count; index++) {
      resetTo(index, field, value);
    }
    return this;
  }

  /** Another reset value than the layout says, of one entry. */
  Bank resetTo(int index, Field field, long value) {
    int at = index * words + field.word();
    resets[at] = field.with(resets[at], value);
    values[at] = field.with(values[at], value);
    return this;
  }

  /** A field whose writes are ignored unless a condition holds before the write. */
  Bank writableWhen(Field field, IntPredicate writable) {
    return takes(field, (index, written) -> writable.test(index));
  }

  /** A field that ignores some writes. */
  Bank takes(Field field, Guard guard) {
    for (int dword = 0; dword < lockHooks.length; dword++) {
      int mask = maskIn(field, dword);
      if (mask != 0) {
        lockHooks[dword] = with(lockHooks[dword], new LockHook(mask, guard), NO_LOCK);
      }
    }
    return this;
  }

  /** Fields with that condition: all that are declared as writable at times. */
  Bank lockedFieldsWritableWhen(IntPredicate writable) {
    for (Field field : layout.fields()) {
      if (field.access() == Access.READ_WRITE_LOCKED) {
        writableWhen(field, writable);
      }
    }
    return this;
  }

  /** A field whose value is found at each read. */
  Bank onRead(Field field, IntToLongFunction value) {
    int dword = field.dword();
    readHooks[dword] = with(readHooks[dword], new ReadHook(field, value), NO_READ);
    return this;
  }

  /** What a write to a field sets off. */
  Bank onWrite(Field field, WriteAction action) {
    int dword = field.dword();
    WriteHook hook = new WriteHook(maskIn(field, dword), action);
    writeHooks[dword] = with(writeHooks[dword], hook, NO_WRITE);
    return this;
  }

  private static <T> T[] with(T[] before, T added, T[] empty) {
    List<T> all = new ArrayList<>(List.of(before));
    all.add(added);
    return all.toArray(empty);
  }

  // The hardware's side.

  Layout layout() {
    return layout;
  }

  int offset() {
    return offset;
  }

  int stride() {
    return stride;
  }

  int count() {
    return count;
  }

  long get(Field field) {
    return get(0, field);
  }

  long get(int index, Field field) {
    return field.get(values[index * words + field.word()]);
  }

  int getInt(int index, Field field) {
    return (int) get(index, field);
  }

  boolean isSet(int index, Field field) {
    return field.isSet(values[index * words + field.word()]);
  }

  void set(Field field, long value) {
    set(0, field, value);
  }

  void set(int index, Field field, long value) {
    int at = index * words + field.word();
    values[at] = field.with(values[at], value);
  }

  long word(int index, int word) {
    return values[index * words + word];
  }

  void setWord(int index, int word, long value) {
    values[index * words + word] = value;
  }

  /** Everything takes its reset value. */
  void reset() {
    System.arraycopy(resets, 0, values, 0, values.length);
  }

  /** One entry takes its reset value. */
  void reset(int index) {
    System.arraycopy(resets, index * words, values, index * words, words);
  }

  /** Whether an entry has its reset value. */
  boolean isReset(int index) {
    for (int word = 0; word < words; word++) {
      if (visibleWord(index, word) != resets[index * words + word]) {
        return false;
      }
    }
    return true;
  }

  // Software's side.

  /** A word as software would read it. */
  long visibleWord(int index, int word) {
    long low = read(index, 2 * word) & 0xffff_ffffL;
    boolean whole = 2 * word + 1 < readMasks.length;
    return whole ? low | (long) read(index, 2 * word + 1) << 32 : low;
  }

  /** Reads a dword of an entry. */
  int read(int index, int dword) {
    for (ReadHook hook : readHooks[dword]) {
      set(index, hook.field(), hook.value().applyAsLong(index));
    }
    // After the hooks: one that waits lets other fields change.
    long word = values[index * words + dword / 2];
    return (int) (word >>> (32 * (dword % 2))) & readMasks[dword];
  }

  /**
   * Writes a dword of an entry.
   *
   * @param written the value, 0 outside of {@code mask}
   * @param mask the bytes that are written
   */
  void write(int index, int dword, int written, int mask) {
    int writable = writeMasks[dword];
    int clearable = oneClearsMasks[dword];
    for (LockHook hook : lockHooks[dword]) {
      if (!hook.guard().takes(index, written)) {
        writable &= ~hook.mask();
        clearable &= ~hook.mask();
      }
    }
    int shift = 32 * (dword % 2);
    int at = index * words + dword / 2;
    int before = (int) (values[at] >>> shift);
    int after = (before & ~(writable & mask)) | (written & writable & mask);
    after &= ~(written & clearable & mask);
    values[at] = (values[at] & ~(0xffff_ffffL << shift)) | (after & 0xffff_ffffL) << shift;
    for (WriteHook hook : writeHooks[dword]) {
      if ((hook.mask() & mask) != 0) {
        hook.action().written(index, written);
      }
    }
  }
}
