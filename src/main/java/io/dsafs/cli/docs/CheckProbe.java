package io.dsafs.cli.docs;

import io.dsafs.hw.op.Buffers;
import io.dsafs.hw.op.OperationTable;
import io.dsafs.hw.op.Work;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.Field;
import io.dsafs.spec.Layout;
import io.dsafs.spec.Status;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.LongFunction;

/**
 * Finds out which sizes, alignments and places an operation refuses, by giving its checks
 * descriptors that differ from a good one in one or two fields.
 */
final class CheckProbe {
  private static final long ALL = -1;
  private static final long LARGEST_BYTES = 1L << 31;
  private static final long APART = 1L << 40;
  private static final long GOOD_NUMBER = 4096;
  private static final int TRIED = 8192;

  private final LongFunction<OperationTable> tables;
  private final int opcode;
  private final Work work = new Work(new Buffers(), () -> false);

  /** Those of the descriptor that are addresses or numbers, with a value that is good. */
  private final Map<Field, Long> good = new LinkedHashMap<>();

  private final List<Field> addresses = new ArrayList<>();
  private final List<Field> numbers = new ArrayList<>();

  /**
   * @param tables of devices by their GENCAP register
   * @param layout of the operation's descriptors
   */
  CheckProbe(LongFunction<OperationTable> tables, int opcode, Layout layout) {
    this.tables = tables;
    this.opcode = opcode;
    for (Field field : layout.fields()) {
      switch (field.name()) {
        case "src_addr", "dst_addr", "delta_addr", "dest2", "seed_addr" -> {
          addresses.add(field);
          good.put(field, APART * addresses.size());
        }
        case "max_delta_size", "delta_rec_size", "region_stride" -> {
          numbers.add(field);
          good.put(field, GOOD_NUMBER);
        }
        default -> {}
      }
    }
  }

  /** The bounds and the unit of the transfer size, as {@code 8 to 524288, a multiple of 8}. */
  String sizes() {
    long unit = goodSize();
    if (unit == 0) {
      return "any";
    }
    long largest = unit;
    for (long step = Long.highestOneBit(LARGEST_BYTES / unit); step > 0; step /= 2) {
      long tried = largest + step * unit;
      if (tried <= LARGEST_BYTES && check(ALL, 0, tried, Map.of()) == null) {
        largest = tried;
      }
    }
    String bounds = largest + unit > LARGEST_BYTES ? "from " + unit : unit + " to " + largest;
    return unit == 1 ? bounds : bounds + ", a multiple of " + unit;
  }

  /** The smallest size that is accepted. */
  private long goodSize() {
    for (long size = 0; size <= TRIED; size++) {
      if (check(ALL, 0, size, Map.of()) == null) {
        return size;
      }
    }
    throw new IllegalStateException(
        "operation " + opcode + ": no size up to " + TRIED + " is accepted");
  }

  /** What fields must be, each with the status of one that is not. */
  List<String> fieldRules() {
    Set<String> found = new LinkedHashSet<>(fieldRules(0));
    List<Integer> own = new RuleProbe(tables, opcode).ownFlags();
    for (int first : own) {
      addNew(found, first);
    }
    for (int first : own) {
      for (int second : own) {
        if (second > first) {
          addNew(found, first | second);
        }
      }
    }
    return List.copyOf(found);
  }

  private void addNew(Set<String> found, int flags) {
    for (String rule : fieldRules(flags)) {
      if (found.stream().noneMatch(known -> known.startsWith(rule))) {
        found.add(rule + " with " + RuleProbe.names(flags, " and "));
      }
    }
  }

  private List<String> fieldRules(int flags) {
    List<String> found = new ArrayList<>();
    for (Field field : addresses) {
      String rule = alignment(field, flags);
      if (!rule.isEmpty() && !found.contains(rule)) {
        found.add(rule);
      }
    }
    for (Field field : numbers) {
      String rule = bounds(field, flags);
      if (!rule.isEmpty()) {
        found.add(rule);
      }
    }
    return found;
  }

  private String alignment(Field field, int flags) {
    long size = goodSize();
    int alignment = 1;
    for (int distance = 1; distance < TRIED; distance *= 2) {
      if (check(ALL, flags, size, moved(distance, field)) != null) {
        alignment = 2 * distance;
      }
    }
    if (alignment == 1) {
      return "";
    }
    Status refusal = check(ALL, flags, size, moved(1, field));
    for (Field other : addresses) {
      if (!other.equals(field) && check(ALL, flags, size, moved(1, field, other)) == null) {
        List<String> names = new ArrayList<>(List.of(field.name(), other.name()));
        names.sort(null);
        return String.format(
            Locale.ROOT,
            "%s equal modulo %d (%s)",
            String.join(" and ", names),
            alignment,
            refusal);
      }
    }
    return String.format(Locale.ROOT, "%s a multiple of %d (%s)", field.name(), alignment, refusal);
  }

  private String bounds(Field field, int flags) {
    long size = goodSize();
    long least = 0;
    while (least <= TRIED && check(ALL, flags, size, Map.of(field, least)) != null) {
      least++;
    }
    if (least == 0) {
      return "";
    }
    Status refusal = check(ALL, flags, size, Map.of(field, least - 1));
    boolean power = check(ALL, flags, size, Map.of(field, 3 * least)) != null;
    return String.format(
        Locale.ROOT,
        "%s %sfrom %d (%s)",
        field.name(),
        power ? "a power of two, " : "",
        least,
        refusal);
  }

  /** The pairs of buffers that must not share a byte. */
  List<String> overlaps() {
    List<String> found = new ArrayList<>();
    for (Field first : addresses) {
      for (Field second : addresses.subList(addresses.indexOf(first) + 1, addresses.size())) {
        Map<Field, Long> same = Map.of(second, good.get(first));
        String pair = first.name() + " and " + second.name();
        if (check(ALL, 0, goodSize(), same) == Status.OVERLAP_BUFFERS) {
          found.add(pair);
        } else if (check(0, 0, goodSize(), same) == Status.OVERLAP_BUFFERS) {
          found.add(pair + ", without overlap_copy");
        }
      }
    }
    return found;
  }

  private Map<Field, Long> moved(long distance, Field... fields) {
    Map<Field, Long> changed = new LinkedHashMap<>();
    Arrays.asList(fields).forEach(field -> changed.put(field, good.get(field) + distance));
    return changed;
  }

  private Status check(long gencap, int flags, long size, Map<Field, Long> changed) {
    long[] words = work.words();
    Arrays.fill(words, 0);
    Map<Field, Long> values = new LinkedHashMap<>(good);
    values.putAll(changed);
    values.put(Descriptor.OPCODE, (long) opcode);
    values.put(Descriptor.FLAGS, (long) flags);
    values.put(Descriptor.XFER_SIZE, size);
    values.forEach((field, value) -> words[field.word()] = field.with(words[field.word()], value));
    work.begin(null, null, LARGEST_BYTES, 1, false);
    return tables.apply(gencap).operation(opcode).check(work);
  }
}
