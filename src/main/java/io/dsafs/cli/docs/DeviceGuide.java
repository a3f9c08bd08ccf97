package io.dsafs.cli.docs;

import io.dsafs.hw.op.Operand;
import io.dsafs.hw.op.OperationTable;
import io.dsafs.spec.Access;
import io.dsafs.spec.Bar0;
import io.dsafs.spec.Command;
import io.dsafs.spec.CommandError;
import io.dsafs.spec.CompletionRecord;
import io.dsafs.spec.ConfigSpace;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.DeviceKind;
import io.dsafs.spec.EventEntry;
import io.dsafs.spec.Field;
import io.dsafs.spec.Flag;
import io.dsafs.spec.GrpCfg;
import io.dsafs.spec.IaaCap;
import io.dsafs.spec.IaxDescriptor;
import io.dsafs.spec.IaxError;
import io.dsafs.spec.IaxOpcode;
import io.dsafs.spec.IaxRecord;
import io.dsafs.spec.Ims;
import io.dsafs.spec.Layout;
import io.dsafs.spec.MsixPerm;
import io.dsafs.spec.MsixTable;
import io.dsafs.spec.Opcode;
import io.dsafs.spec.Portal;
import io.dsafs.spec.Register;
import io.dsafs.spec.Status;
import io.dsafs.spec.WqCfg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code Documentation/device-guide.md}: the device as its tables have it. */
public final class DeviceGuide {
  private static final List<String> FIELD_COLUMNS = List.of("bits", "field", "access", "reset");

  private static final List<String> RULE_COLUMNS =
      List.of("operation", "may have", "must have", "reserved bytes (from byte 16 on)");

  private static final LongFunction<OperationTable> DSA_TABLES =
      gencap -> OperationTable.of(DeviceKind.DSA, gencap);

  private static final LongFunction<OperationTable> IAX_TABLES =
      gencap -> OperationTable.of(DeviceKind.IAX, gencap);

  private final Markdown guide = new Markdown();

  private DeviceGuide() {}

  /** Writes the guide to the file that is named. */
  public static void main(String[] arguments) throws IOException {
    Files.writeString(Path.of(arguments[0]), text());
  }

  /** The whole guide. */
  static String text() {
    DeviceGuide made = new DeviceGuide();
    made.introduction();
    made.registers();
    made.tables();
    made.portals();
    made.commands();
    made.descriptors();
    made.operations();
    made.records();
    made.eventLog();
    made.analytics();
    made.configSpace();
    return made.guide.toString();
  }

  private void introduction() {
    guide.heading(1, "Device guide");
    guide.paragraph(
        "Made by `tools/device-guide` from the tables that the device runs on; not to be edited.");
    guide.paragraph(
        """
        Registers are named as in the specification, fields as in the kernel's `registers.h` and
        `idxd.h`. Bits are counted from the start of the register or structure, bytes likewise.
        Access: RO read-only, RW read and write, RWL writable at times (while the device or the
        queue is disabled), W1C cleared by writing 1, WO reads 0, rsvd reads 0 and ignores writes.
        Reset values are those of the tables; what differs between devices (capabilities) comes from
        the profile, see [device-profile.md](device-profile.md).""");
  }

  private void registers() {
    guide.heading(2, "Registers");
    guide.paragraph(
        "BAR0, %s bytes. All else in it are tables or reads 0.".formatted(hex(Bar0.SIZE_BYTES)));
    List<List<String>> rows = new ArrayList<>();
    for (Register register : Bar0.REGISTERS) {
      rows.add(
          List.of(hex(register.offset()), register.name(), "" + register.layout().widthBits()));
    }
    guide.table(List.of("offset", "register", "bits"), rows);
    Bar0.REGISTERS.forEach(
        register ->
            fields("%s, %s".formatted(register.name(), hex(register.offset())), register.layout()));
  }

  private void tables() {
    guide.heading(2, "Tables of BAR0");
    guide.paragraph(
        "GRPCFG, WQCFG, MSIXPERM and IMS are where OFFSETS says, in units of 256 bytes; the MSI-X"
            + " table is at %s, its pending bits at %s."
                .formatted(hex(MsixTable.OFFSET), hex(MsixTable.PENDING_OFFSET)));
    fields(
        String.format(Locale.ROOT, "GRPCFG entry, every %d bytes", GrpCfg.STRIDE_BYTES),
        GrpCfg.GRPCFG);
    fields("WQCFG entry, 32 bytes; 64 where WQCAP has op_config", WqCfg.WQCFG_WITH_OPCFG);
    fields(
        String.format(Locale.ROOT, "MSIXPERM entry, every %d bytes", MsixPerm.STRIDE_BYTES),
        MsixPerm.MSIXPERM);
    fields("MSI-X table entry", MsixTable.ENTRY);
    fields("IMS entry", Ims.ENTRY);
  }

  private void fields(String title, Layout layout) {
    guide.heading(3, title);
    List<List<String>> rows = new ArrayList<>();
    for (Field field : layout.fields()) {
      rows.add(List.of(bits(field), name(field), field.access().mark(), hex(field.reset())));
    }
    guide.table(FIELD_COLUMNS, rows);
  }

  private void portals() {
    guide.heading(2, "Portals");
    guide.paragraph(
        String.format(
            Locale.ROOT,
            "BAR2 has %d pages of %d bytes for each queue. A descriptor is one write of %d bytes.",
            Portal.values().length,
            Portal.PAGE_BYTES,
            Descriptor.SIZE_BYTES));
    List<List<String>> rows = new ArrayList<>();
    for (Portal portal : Portal.values()) {
      rows.add(
          List.of(
              "" + portal.ordinal(),
              portal.name(),
              portal.limited() ? "threshold" : "size",
              portal.ims() ? "IMS" : "MSI-X"));
    }
    guide.table(List.of("page", "portal", "a shared queue is full at", "interrupt handles"), rows);
  }

  private void commands() {
    guide.heading(2, "Commands");
    guide.paragraph(
        "Written to CMD; the outcome is in CMDSTATUS. A device without CMDCAP has commands 1 to 12.");
    guide.table(
        List.of("code", "command"),
        Arrays.stream(Command.values()).map(c -> List.of("" + c.code(), c.name())).toList());
    guide.heading(3, "Errors of commands");
    guide.table(
        List.of("code", "error"),
        Arrays.stream(CommandError.values()).map(e -> List.of(hex2(e.code()), e.name())).toList());
  }

  private void descriptors() {
    guide.heading(2, "Descriptors");
    overlay("All operations", Descriptor.DESCRIPTOR, null);
    Stream.of(
            Descriptor.FILL,
            Descriptor.COMPARE,
            Descriptor.CR_DELTA,
            Descriptor.AP_DELTA,
            Descriptor.DUALCAST,
            Descriptor.TRANSL_FETCH,
            Descriptor.CRC,
            Descriptor.DIF)
        .forEach(
            layout -> overlay("From byte 40 on: " + layout.name(), layout, Descriptor.DESCRIPTOR));
    guide.heading(3, "Flags");
    List<List<String>> rows = new ArrayList<>();
    for (Flag flag : Flag.values()) {
      rows.add(List.of("" + Integer.numberOfTrailingZeros(flag.mask()), flag.name()));
    }
    guide.table(List.of("bit", "flag"), rows);
  }

  /** The fields of a structure in memory, by bytes; of an overlay those that are its own. */
  private void overlay(String title, Layout layout, Layout base) {
    guide.heading(3, title);
    List<List<String>> rows = new ArrayList<>();
    for (Field field : layout.fields()) {
      if (base == null || !base.fields().contains(field)) {
        rows.add(List.of("" + field.byteOffset(), bits(field), name(field)));
      }
    }
    guide.table(List.of("byte", "bits", "field"), rows);
  }

  private void operations() {
    guide.heading(2, "Operations");
    guide.paragraph(
        "Every operation takes the flags %s. Below is what else a descriptor may and must have; a"
                .formatted(new RuleProbe(DSA_TABLES, Opcode.NOOP.code()).commonFlags())
            + " capability in brackets must be set in GENCAP, a flag in brackets in the descriptor."
            + " CC and CRSTS do not go together. Other flags end with INVALID_FLAGS, reserved bytes"
            + " that are not 0 with NOZERO_RESERVE.");
    List<List<String>> rows = new ArrayList<>();
    List<List<String>> checks = new ArrayList<>();
    for (Opcode opcode : Opcode.values()) {
      String label = hex2(opcode.code()) + " " + opcode.name();
      rows.add(rule(label, new RuleProbe(DSA_TABLES, opcode.code())));
      if (opcode != Opcode.BATCH) {
        CheckProbe check = new CheckProbe(DSA_TABLES, opcode.code(), layoutOf(opcode));
        checks.add(
            List.of(
                label,
                check.sizes(),
                String.join("; ", check.fieldRules()),
                String.join("; ", check.overlaps())));
      }
    }
    guide.table(RULE_COLUMNS, rows);
    guide.heading(3, "Sizes, alignment, overlap");
    guide.paragraph(
        "Sizes are also bounded by the queue's `max_xfer_shift`; what is outside ends with"
            + " XFER_ERANGE. Buffers that overlap end with OVERLAP_BUFFERS. In brackets: the status"
            + " of a field that is not so. Fields of DIF are looked at with blocks of 512 bytes. A"
            + " batch (not in the table) has its own checks: its list is aligned to 64 bytes"
            + " (DESCLIST_ALIGN) and has 2 to the queue's limit of descriptors, 1 where GENCAP has"
            + " batch_of_one (DESC_CNT_ERANGE).");
    guide.table(List.of("operation", "xfer_size", "fields", "must not overlap"), checks);
  }

  private static List<String> rule(String label, RuleProbe rule) {
    return List.of(
        label,
        String.join(", ", rule.allowedFlags()),
        rule.requiredFlags(),
        Stream.of(rule.reservedBytes(), rule.reservedBits())
            .flatMap(List::stream)
            .collect(Collectors.joining(", ")));
  }

  private static Layout layoutOf(Opcode opcode) {
    return switch (opcode) {
      case MEMFILL -> Descriptor.FILL;
      case COMPARE, COMPVAL -> Descriptor.COMPARE;
      case CR_DELTA -> Descriptor.CR_DELTA;
      case AP_DELTA -> Descriptor.AP_DELTA;
      case DUALCAST -> Descriptor.DUALCAST;
      case TRANSL_FETCH -> Descriptor.TRANSL_FETCH;
      case CRCGEN, COPY_CRC -> Descriptor.CRC;
      case DIF_CHECK, DIF_INS, DIF_STRP, DIF_UPDT, DIX_GEN -> Descriptor.DIF;
      default -> Descriptor.DESCRIPTOR;
    };
  }

  private void records() {
    guide.heading(2, "Completion records");
    overlay("All operations", CompletionRecord.RECORD, null);
    Stream.of(
            CompletionRecord.INVALID_FLAGS,
            CompletionRecord.DELTA,
            CompletionRecord.CRC,
            CompletionRecord.DIF)
        .forEach(
            layout ->
                overlay("From byte 16 on: " + layout.name(), layout, CompletionRecord.RECORD));
    guide.heading(3, "Status");
    guide.paragraph("Bits 6:0 of the status byte; bit 7 marks a page fault of a write.");
    guide.table(
        List.of("code", "status"),
        Arrays.stream(Status.values()).map(s -> List.of(hex2(s.code()), s.name())).toList());
    guide.heading(3, "Operand of a fault");
    guide.paragraph("In `fault_info`, where GENCAP has fault_info.");
    guide.table(
        List.of("code", "operand"),
        Arrays.stream(Operand.values()).map(o -> List.of("" + o.code(), o.name())).toList());
  }

  private void eventLog() {
    guide.heading(2, "Event log");
    guide.paragraph(
        "Where GENCAP has evl_support: entries of 32 bytes shifted left by its value, the completion"
            + String.format(
                Locale.ROOT,
                " record at byte %d, for an IAA at byte %d.",
                DeviceKind.DSA.eventRecordOffset(),
                DeviceKind.IAX.eventRecordOffset()));
    overlay("Entry", EventEntry.HEAD, null);
    overlay("Entry with the codes 0x19, 0x1a, 0x26, 0x27", EventEntry.RECORD_HEAD, EventEntry.HEAD);
  }

  private void analytics() {
    guide.heading(2, "IAA");
    guide.paragraph(
        "An IAA has the same registers, but for IAACAP in place of the DSACAP ones, and its own"
            + String.format(
                Locale.ROOT,
                " operations, descriptors and records, which are of %d bytes and aligned to as many.",
                DeviceKind.IAX.recordBytes()));
    fields("IAACAP, " + hex(IaaCap.IAACAP.offset()), IaaCap.IAACAP.layout());
    overlay("IAA descriptor", IaxDescriptor.DESCRIPTOR, null);
    overlay("From byte 40 on: crc64", IaxDescriptor.CRC64, IaxDescriptor.DESCRIPTOR);
    guide.heading(3, "IAA operations");
    guide.paragraph("As for DSA above. An operation without a row here ends with BAD_OPCODE.");
    List<List<String>> rows = new ArrayList<>();
    for (IaxOpcode opcode : IaxOpcode.values()) {
      if (IAX_TABLES.apply(-1).rule(opcode.code()) != null) {
        rows.add(
            rule(
                hex2(opcode.code()) + " " + opcode.name(),
                new RuleProbe(IAX_TABLES, opcode.code())));
      }
    }
    guide.table(RULE_COLUMNS, rows);
    overlay("IAA record", IaxRecord.RECORD, null);
    overlay("IAA record of crc64", IaxRecord.CRC64, IaxRecord.RECORD);
    guide.heading(3, "IAA error codes");
    guide.paragraph("With the status ANALYTICS_ERROR.");
    guide.table(
        List.of("code", "error"),
        Arrays.stream(IaxError.values()).map(e -> List.of(hex2(e.code()), e.name())).toList());
  }

  private void configSpace() {
    guide.heading(2, "Configuration space");
    guide.paragraph(
        String.format(
            Locale.ROOT,
            "%d bytes; a dword that is not listed is 0 and read-only.",
            ConfigSpace.SIZE_BYTES));
    List<List<String>> rows = new ArrayList<>();
    for (ConfigSpace.Dword dword : ConfigSpace.DWORDS) {
      rows.add(
          List.of(
              hex(dword.offset()),
              hex8(dword.reset()),
              hex8(dword.writeMask()),
              hex8(dword.oneClearsMask()),
              dword.meaning()));
    }
    guide.table(
        List.of("offset", "reset", "writable bits", "bits cleared by 1", "what it is"), rows);
  }

  private static String bits(Field field) {
    int last = field.bit() + field.widthBits() - 1;
    return field.widthBits() == 1 ? "" + last : last + ":" + field.bit();
  }

  private static String name(Field field) {
    return field.access() == Access.RESERVED ? "reserved" : "`" + field.name() + "`";
  }

  private static String hex(long value) {
    return value == 0 ? "0" : String.format(Locale.ROOT, "0x%x", value);
  }

  private static String hex2(long value) {
    return String.format(Locale.ROOT, "0x%02x", value);
  }

  private static String hex8(int value) {
    return value == 0 ? "0" : String.format(Locale.ROOT, "0x%08x", value);
  }
}
