package io.dsafs.cli;

import static io.dsafs.core.KernelText.parseUnsignedAnyBase;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.hw.FaultInjection;
import io.dsafs.mem.Iommu;
import io.dsafs.spec.CommandError;
import io.dsafs.spec.Field;
import io.dsafs.spec.GenSts;
import io.dsafs.spec.SwErr;
import io.dsafs.vfs.Directory;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The files of {@code sys/kernel/debug/dsafs/<bdf>/inject}: errors on demand, as text. Each write
 * is one order; words are separated by white space. EINVAL: the text is none of the file's forms.
 *
 * <p>Documented in Documentation/ABI/testing/dsafs-debug.
 */
final class InjectionFiles {
  static final int MODE = 0600;

  private static final String OFF = "off";
  private static final String NONE = "none";
  private static final String NEVER = "never";
  private static final String ENGINES = "engines=";
  private static final String PASID = "pasid=";
  private static final int SOFTWARE_ERROR_WORDS = 4;
  private static final Pattern RANGE = Pattern.compile("(0x\\p{XDigit}+)(?:-(0x\\p{XDigit}+))?");

  /** What the IOMMU can answer, by the word for it. */
  private static final Map<String, Iommu.Refusal> REFUSALS =
      Map.of(
          "inval", Iommu.Refusal.TRANSLATION_OFF,
          "nospc", Iommu.Refusal.NO_PASID,
          "notsupp", Iommu.Refusal.NO_SVM,
          "nosys", Iommu.Refusal.NOT_BUILT,
          "nomem", Iommu.Refusal.NO_MEMORY);

  private final FaultInjection faults;
  private final Iommu iommu;
  private final String function;

  /**
   * @param function the name under which the IOMMU knows the device: its PCI address
   */
  InjectionFiles(FaultInjection faults, Iommu iommu, String function) {
    this.faults = faults;
    this.iommu = iommu;
    this.function = function;
  }

  /** Adds all files to a directory. */
  void addTo(Directory directory) {
    directory.addText("stall", MODE, this::showStall, this::storeStall);
    directory.addText("halt", MODE, this::showHalt, this::storeHalt);
    directory.addText("swerror", MODE, this::showSwerror, this::storeSwerror);
    directory.addText("command", MODE, this::showCommand, this::storeCommand);
    directory.addText("page_fault", MODE, faults::describePageFaults, this::storePageFault);
    directory.addText(
        "record_fault", MODE, () -> faults.failingRecords() + "\n", this::storeRecordFault);
    directory.addText(
        "int_handles", MODE, () -> faults.requestedHandles() + "\n", this::storeHandles);
    directory.addText("iommu_bind", MODE, this::showIommuBind, this::storeIommuBind);
    directory.addText("msix", MODE, () -> faults.vectors() + "\n", this::storeMsix);
  }

  private static ErrnoException invalid(String text) {
    return new ErrnoException(Errno.EINVAL, "not understood: " + text.strip());
  }

  /** A number up to a limit, in a base that the text chooses. */
  private static long number(String text, long most) throws ErrnoException {
    long value = parseUnsignedAnyBase(text);
    if (Long.compareUnsigned(value, most) > 0) {
      throw new ErrnoException(Errno.EINVAL, "too large: " + text);
    }
    return value;
  }

  // Engines.

  private String showStall() {
    long stalled = faults.stalledEngines();
    if (stalled == 0) {
      return "0\n";
    }
    return stalled == faults.engines()
        ? "1\n"
        : String.format(Locale.ROOT, "%s0x%x\n", ENGINES, stalled);
  }

  /** {@code 1} all engines, {@code 0} none, {@code engines=BITMAP} those. */
  private void storeStall(String text) throws ErrnoException {
    String order = text.strip();
    if (order.startsWith(ENGINES)) {
      long bitmap = number(order.substring(ENGINES.length()), -1L);
      if ((bitmap & ~faults.engines()) != 0) {
        throw new ErrnoException(Errno.EINVAL, "no such engine: " + order);
      }
      faults.stallEngines(bitmap);
    } else {
      faults.stallEngines(number(order, 1) == 0 ? 0 : faults.engines());
    }
  }

  // Halt.

  private String showHalt() {
    GenSts.ResetType needed = faults.halted();
    return needed == null ? "off\n" : needed.code() + "\n";
  }

  /**
   * {@code 0} to {@code 3} halts with that reset type; {@code off} takes the power away and gives
   * it back. EINVAL; then EBUSY: halted already.
   */
  private void storeHalt(String text) throws ErrnoException {
    String order = text.strip();
    if (order.equals(OFF)) {
      faults.powerCycle();
      return;
    }
    GenSts.ResetType[] types = GenSts.ResetType.values();
    GenSts.ResetType needed = types[(int) number(order, types.length - 1)];
    if (!faults.halt(needed)) {
      throw new ErrnoException(Errno.EBUSY, "halted already");
    }
  }

  // Software errors.

  private String showSwerror() {
    long[] words = faults.softwareError();
    return String.format(
        Locale.ROOT, "0x%016x 0x%016x 0x%016x 0x%016x\n", words[0], words[1], words[2], words[3]);
  }

  /**
   * Four words, as the file shows them, or {@code FIELD=VALUE} any number of times. Valid and
   * overflow are the register's own.
   */
  private void storeSwerror(String text) throws ErrnoException {
    String order = text.strip();
    long[] words = order.contains("=") ? fields(order) : words(order);
    faults.raiseSoftwareError(words[0], words[1], words[2]);
  }

  private static long[] words(String order) throws ErrnoException {
    String[] parts = order.split("\\s+", -1);
    if (parts.length != SOFTWARE_ERROR_WORDS) {
      throw invalid(order);
    }
    long[] words = new long[SOFTWARE_ERROR_WORDS];
    for (int i = 0; i < words.length; i++) {
      words[i] = number(parts[i], -1L);
    }
    return words;
  }

  private static long[] fields(String order) throws ErrnoException {
    long[] words = new long[SOFTWARE_ERROR_WORDS];
    for (String part : order.split("\\s+", -1)) {
      int equals = part.indexOf('=');
      Field field = equals < 0 ? null : fieldOf(part.substring(0, equals));
      if (field == null) {
        throw invalid(part);
      }
      long most = -1L >>> (Long.SIZE - field.widthBits());
      words[field.word()] =
          field.with(words[field.word()], number(part.substring(equals + 1), most));
    }
    return words;
  }

  /** A field that an error can have, or null. */
  private static Field fieldOf(String name) {
    for (Field field : SwErr.SWERROR.layout().fields()) {
      boolean own = field.equals(SwErr.VALID) || field.equals(SwErr.OVERFLOW);
      if (!own && field.name().equals(name)) {
        return field;
      }
    }
    return null;
  }

  // Commands.

  private String showCommand() {
    if (faults.holdsCommands()) {
      return NEVER + "\n";
    }
    OptionalInt answer = faults.commandAnswer();
    return answer.isEmpty()
        ? OFF + "\n"
        : String.format(Locale.ROOT, "0x%02x\n", answer.getAsInt());
  }

  /** A code of {@link CommandError} for the next command, {@code never} or {@code off}. */
  private void storeCommand(String text) throws ErrnoException {
    String order = text.strip();
    switch (order) {
      case OFF -> faults.letCommandsRun();
      case NEVER -> faults.holdCommand();
      default -> faults.answerCommand((int) number(order, 0xff));
    }
  }

  // Memory.

  /** {@code FIRST[-LAST] [pasid=N]} adds pages, {@code off} removes all. */
  private void storePageFault(String text) throws ErrnoException {
    String order = text.strip();
    if (order.equals(OFF)) {
      faults.clearPageFaults();
      return;
    }
    String[] parts = order.split("\\s+", -1);
    Matcher range = RANGE.matcher(parts[0]);
    boolean named = parts.length == 2 && parts[1].startsWith(PASID);
    if (!range.matches() || !(parts.length == 1 || named)) {
      throw invalid(order);
    }
    long first = number(range.group(1), -1L);
    long last = range.group(2) == null ? first : number(range.group(2), -1L);
    if (Long.compareUnsigned(first, last) > 0) {
      throw invalid(order);
    }
    if (named) {
      long pasid = number(parts[1].substring(PASID.length()), Iommu.PASID_LIMIT - 1);
      faults.addPageFault(first, last, (int) pasid);
    } else {
      faults.addPageFault(first, last);
    }
  }

  /** So many completion records from now on fault. */
  private void storeRecordFault(String text) throws ErrnoException {
    faults.failRecords(number(text.strip(), Integer.MAX_VALUE));
  }

  private String showIommuBind() {
    Iommu.Orders orders = iommu.orders(function);
    if (orders == null) {
      return NONE + "\n";
    }
    boolean always = orders.times() == Iommu.Orders.ALWAYS;
    return word(orders.reason()) + (always ? "" : " " + orders.times()) + "\n";
  }

  private static String word(Iommu.Refusal reason) {
    return REFUSALS.entrySet().stream()
        .filter(refusal -> refusal.getValue() == reason)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(NONE);
  }

  /** {@code REASON} refuses all bindings, {@code REASON TIMES} so many, {@code none} no more. */
  private void storeIommuBind(String text) throws ErrnoException {
    String order = text.strip();
    if (order.equals(NONE)) {
      iommu.setOrders(function, null);
      return;
    }
    List<String> parts = List.of(order.split("\\s+", -1));
    Iommu.Refusal reason = REFUSALS.get(parts.get(0));
    if (reason == null || parts.size() > 2) {
      throw invalid(order);
    }
    int times = Iommu.Orders.ALWAYS;
    if (parts.size() == 2) {
      times = (int) number(parts.get(1), Integer.MAX_VALUE);
      if (times == 0) {
        throw invalid(order);
      }
    }
    iommu.setOrders(function, new Iommu.Orders(reason, times));
  }

  // Interrupts.

  private static final String REVOKE = "revoke";

  /** {@code revoke} is the one order. EINVAL; then EOPNOTSUPP: the device has no such handles. */
  private void storeHandles(String text) throws ErrnoException {
    if (!text.strip().equals(REVOKE)) {
      throw invalid(text);
    }
    if (!faults.revokeInterruptHandles()) {
      throw new ErrnoException(Errno.EOPNOTSUPP, "handles are not asked for");
    }
  }

  private void storeMsix(String text) throws ErrnoException {
    faults.offerVectors((int) number(text.strip(), faults.mostVectors()));
  }
}
