package io.dsafs.cli.docs;

import io.dsafs.hw.op.OperationTable;
import io.dsafs.hw.op.Rule;
import io.dsafs.spec.Field;
import io.dsafs.spec.Flag;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.Opcode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.function.LongFunction;

/**
 * Finds out what descriptors of an operation may contain, by asking the rules of devices with and
 * without each capability about each flag and byte.
 */
final class RuleProbe {
  /** Flags 16 to 23 are the operation's own. */
  private static final int FIRST_OWN = 16;

  private static final int FLAG_BITS = 24;
  private static final int FIRST_BYTE = 16;
  private static final int BYTES = 64;

  private final LongFunction<OperationTable> tables;
  private final int opcode;
  private final Rule rule;

  /** Takes the flags that every operation takes. */
  private final Rule noop;

  /**
   * @param tables of devices by their GENCAP register
   */
  RuleProbe(LongFunction<OperationTable> tables, int opcode) {
    this.tables = tables;
    this.opcode = opcode;
    rule = ruleWith(-1L);
    noop = tables.apply(0).rule(Opcode.NOOP.code());
  }

  private Rule ruleWith(long gencap) {
    return tables.apply(gencap).rule(opcode);
  }

  /** The flags that every operation takes. */
  String commonFlags() {
    int common = 0;
    for (int bit = 0; bit < FLAG_BITS; bit++) {
      common |= allows(noop, 1 << bit, 1 << bit) ? 1 << bit : 0;
    }
    return names(common, ", ");
  }

  /**
   * The flags that may be set beside the common ones: {@code CC (cache_control_mem)} needs that
   * capability, {@code ADDR3_TCS (with bit 16)} that other flag.
   */
  List<String> allowedFlags() {
    List<String> found = new ArrayList<>();
    for (int bit = 0; bit < FLAG_BITS; bit++) {
      int flag = 1 << bit;
      if (allows(noop, flag, flag)) {
        continue;
      }
      if (allows(ruleWith(0), flag, flag)) {
        found.add(name(bit));
      } else if (allows(rule, flag, flag)) {
        found.add(name(bit) + " (" + capabilityFor(flag) + ")");
      } else {
        for (int own : ownFlags()) {
          if (allows(rule, flag | own, flag)) {
            found.add(name(bit) + " (with " + names(own, "") + ")");
          }
        }
      }
    }
    return found;
  }

  /** The flags of the operation itself, for a device that has all capabilities. */
  List<Integer> ownFlags() {
    List<Integer> own = new ArrayList<>();
    for (int bit = FIRST_OWN; bit < FLAG_BITS; bit++) {
      if (allows(rule, 1 << bit, 1 << bit)) {
        own.add(1 << bit);
      }
    }
    return own;
  }

  private static boolean allows(Rule rule, int flags, int flag) {
    int missing = rule.invalidFlags(0);
    return (rule.invalidFlags(flags | missing) & flag) == 0;
  }

  private String capabilityFor(int flag) {
    for (Field capability : GenCap.GENCAP.layout().fields()) {
      if (allows(ruleWith(capability.mask()), flag, flag)) {
        return capability.name();
      }
    }
    throw new IllegalStateException(
        "operation " + opcode + ": no single capability allows " + name(flag));
  }

  /** The flags that must all be set, or one of which must be; empty if none must. */
  String requiredFlags() {
    int missing = rule.invalidFlags(0);
    int all = 0;
    for (int bit = 0; bit < FLAG_BITS; bit++) {
      int flag = 1 << bit;
      if ((missing & flag) != 0 && rule.invalidFlags(missing & ~flag) != 0) {
        all |= flag;
      }
    }
    return all != 0 ? names(all, " and ") : names(missing, " or ");
  }

  /** The bytes from 16 on that must be 0, as {@code 38-63}; some depend on a flag. */
  List<String> reservedBytes() {
    int everyOwn = ownFlags().stream().reduce(0, (one, other) -> one | other);
    List<String> found =
        new ArrayList<>(
            ranges(
                "",
                at ->
                    isReserved(at, 0) && ownFlags().stream().allMatch(own -> isReserved(at, own))));
    for (int own : ownFlags()) {
      found.addAll(
          ranges(" with " + names(own, ""), at -> changes(at, own, 0, everyOwn & ~own, true)));
      found.addAll(
          ranges(" without " + names(own, ""), at -> changes(at, own, 0, everyOwn & ~own, false)));
    }
    return found;
  }

  /** Whether a flag makes a byte reserved, or frees it, beside either of two sets of others. */
  private boolean changes(int at, int flag, int few, int many, boolean reserved) {
    return isReserved(at, few | flag) == reserved && isReserved(at, few) != reserved
        || isReserved(at, many | flag) == reserved && isReserved(at, many) != reserved;
  }

  private static List<String> ranges(String condition, IntPredicate belongs) {
    List<String> found = new ArrayList<>();
    int from = -1;
    for (int at = FIRST_BYTE; at <= BYTES; at++) {
      boolean in = at < BYTES && belongs.test(at);
      if (in && from < 0) {
        from = at;
      } else if (!in && from >= 0) {
        found.add((from == at - 1 ? "" + from : from + "-" + (at - 1)) + condition);
        from = -1;
      }
    }
    return found;
  }

  private boolean isReserved(int at, int flags) {
    return reservedBits(at, flags) == 0xff;
  }

  private int reservedBits(int at, int flags) {
    int bits = 0;
    for (int bit = 0; bit < 8; bit++) {
      long[] words = new long[BYTES / 8];
      words[at / 8] = 1L << (at % 8 * 8 + bit);
      bits |= rule.reservedBitSet(words, flags) ? 1 << bit : 0;
    }
    return bits;
  }

  /** Bytes of which only some bits must be 0, as {@code 0xf0 of 42}. */
  List<String> reservedBits() {
    List<String> found = new ArrayList<>();
    for (int at = FIRST_BYTE; at < BYTES; at++) {
      int bits = reservedBits(at, 0);
      if (bits != 0 && bits != 0xff) {
        found.add(String.format(Locale.ROOT, "0x%02x of %d", bits, at));
      }
    }
    return found;
  }

  static String names(int flags, String between) {
    List<String> found = new ArrayList<>();
    for (int bit = 0; bit < FLAG_BITS; bit++) {
      if ((flags & 1 << bit) != 0) {
        found.add(name(bit));
      }
    }
    return String.join(between, found);
  }

  private static String name(int bit) {
    for (Flag flag : Flag.values()) {
      if (flag.mask() == 1 << bit) {
        return flag.name();
      }
    }
    return "bit " + bit;
  }
}
