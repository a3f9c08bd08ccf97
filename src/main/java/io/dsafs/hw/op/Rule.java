package io.dsafs.hw.op;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.dsafs.spec.Field;
import io.dsafs.spec.Flag;
import java.util.ArrayList;
import java.util.List;

/**
 * What a descriptor of one operation may contain: a row of the table of allowed flags and reserved
 * bytes. Source: hardware reference sections 4.3 and 4.4.
 */
public final class Rule {
  /** What a flag of the descriptor changes when it is as {@code set} says. */
  private static final class Condition {
    private final int flag;
    private final boolean set;
    private final int allowed;
    private final long[] reserved;

    Condition(int flag, boolean set, int allowed, long[] reserved) {
      this.flag = flag;
      this.set = set;
      this.allowed = allowed;
      this.reserved = reserved;
    }

    boolean applies(int flags) {
      return ((flags & flag) != 0) == set;
    }
  }

  private static final int WORDS = 8;

  private final int allowed;
  private final int required;
  private final int requiredAny;
  private final long[] reserved;
  private final Condition[] conditions;

  private Rule(Builder builder) {
    allowed = builder.allowed;
    required = builder.required;
    requiredAny = builder.requiredAny;
    reserved = builder.reserved;
    conditions = builder.conditions.toArray(new Condition[0]);
  }

  /**
   * The flags that must not be set, or must be and are not. Rules that depend on the queue are not
   * in it.
   */
  public int invalidFlags(int flags) {
    int invalid = (flags & ~allowedWith(flags)) | (required & ~flags);
    if (requiredAny != 0 && (flags & requiredAny) == 0) {
      invalid |= requiredAny;
    }
    // Of the codes of cache control 101 and 111 are reserved, whatever the device can do.
    int both = Flag.CRSTS.mask() | Flag.CC.mask();
    return (flags & both) == both ? invalid | both : invalid;
  }

  private int allowedWith(int flags) {
    int may = allowed;
    for (Condition condition : conditions) {
      if (condition.applies(flags)) {
        may |= condition.allowed;
      }
    }
    return may;
  }

  /** Whether a reserved bit from byte 16 on is set. */
  public boolean reservedBitSet(long[] words, int flags) {
    long set = 0;
    for (int i = 2; i < WORDS; i++) {
      set |= words[i] & reserved[i];
    }
    for (Condition condition : conditions) {
      if (condition.applies(flags)) {
        for (int i = 2; i < WORDS; i++) {
          set |= words[i] & condition.reserved[i];
        }
      }
    }
    return set != 0;
  }

  /** Of the three address selectors, those the operation uses. */
  public int selectors(int flags) {
    return allowedWith(flags)
        & (Flag.ADDR1_TCS.mask() | Flag.ADDR2_TCS.mask() | Flag.ADDR3_TCS.mask());
  }

  /** Builds one row. */
  static final class Builder {
    private int allowed =
        Flag.FENCE.mask()
            | Flag.CRAV.mask()
            | Flag.RCR.mask()
            | Flag.RCI.mask()
            | Flag.CR_TCS.mask();
    private int required;
    private int requiredAny;
    private final long[] reserved = new long[WORDS];
    private final List<Condition> conditions = new ArrayList<>();

    @CanIgnoreReturnValue
    Builder allow(Flag... flags) {
      for (Flag flag : flags) {
        allowed |= flag.mask();
      }
      return this;
    }

    /** Flags of the operation itself, if the device has the capability. */
    @CanIgnoreReturnValue
    Builder allow(int flags, boolean capable) {
      allowed |= capable ? flags : 0;
      return this;
    }

    /** A record must be asked for. */
    @CanIgnoreReturnValue
    Builder needsRecord() {
      required = Flag.CRAV.mask() | Flag.RCR.mask();
      return this;
    }

    /** A record or an interrupt must be asked for. */
    @CanIgnoreReturnValue
    Builder needsNotification() {
      requiredAny = Flag.RCR.mask() | Flag.RCI.mask();
      return this;
    }

    /** Bytes from {@code from} up to and including {@code to} are reserved. */
    @CanIgnoreReturnValue
    Builder reserve(int from, int to) {
      mark(reserved, from, to);
      return this;
    }

    /** Some bits of a field are reserved. */
    @CanIgnoreReturnValue
    Builder reserveBits(Field field, long bits) {
      reserved[field.word()] |= field.with(0, bits);
      return this;
    }

    /** Flags that are allowed when another is set. */
    @CanIgnoreReturnValue
    Builder when(int flag, Flag also) {
      conditions.add(new Condition(flag, true, also.mask(), new long[WORDS]));
      return this;
    }

    /** Bytes that are reserved when a flag is set. */
    @CanIgnoreReturnValue
    Builder reserveWhen(int flag, int from, int to) {
      return reserveIf(flag, true, from, to);
    }

    /** Bytes that are reserved when a flag is clear. */
    @CanIgnoreReturnValue
    Builder reserveUnless(int flag, int from, int to) {
      return reserveIf(flag, false, from, to);
    }

    private Builder reserveIf(int flag, boolean set, int from, int to) {
      long[] mask = new long[WORDS];
      mark(mask, from, to);
      conditions.add(new Condition(flag, set, 0, mask));
      return this;
    }

    Rule build() {
      return new Rule(this);
    }

    private static void mark(long[] mask, int from, int to) {
      for (int at = from; at <= to; at++) {
        mask[at / 8] |= 0xffL << (at % 8 * 8);
      }
    }
  }
}
