package io.dsafs.cli;

import io.dsafs.cli.TopSample.Client;
import io.dsafs.cli.TopSample.Counters;
import io.dsafs.cli.TopSample.Device;
import io.dsafs.cli.TopSample.Queue;
import io.dsafs.spec.Status;
import java.nio.file.Path;
import java.util.Locale;

/** A sample as text for people: a heading, then for each device its queues and clients. */
final class TopText {
  private static final String NONE = "-";

  /** From here on a rate is shown without decimals. */
  private static final double WHOLE = 100;

  private final Path root;
  private final boolean all;

  /**
   * @param all whether queues are shown to which nothing was ever done
   */
  TopText(Path root, boolean all) {
    this.root = root;
    this.all = all;
  }

  /**
   * @param before an earlier sample, or null: rates are not known then
   * @return lines, each ended
   */
  String render(TopSample before, TopSample now) {
    TopRates rates = new TopRates(before, now);
    Double seconds = rates.seconds();
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%s  %s  daemon %s  devices %d  rates over %s%n",
            root,
            now.machine().value("abi"),
            now.machine().value("pid"),
            now.devices().size(),
            seconds == null ? NONE : String.format(Locale.ROOT, "%.2f s", seconds)));
    for (Device device : now.devices()) {
      append(text, device, rates);
    }
    return text.toString();
  }

  private void append(StringBuilder text, Device device, TopRates rates) {
    TextTable queues =
        new TextTable(
            "queue",
            "name",
            "mode",
            "state",
            "type",
            ">size/thr",
            ">queued",
            ">run",
            ">submit/s",
            ">done/s",
            ">reject/s",
            ">submitted",
            ">completed",
            ">rejected",
            ">failed");
    int unused = 0;
    for (Queue queue : device.queues()) {
      if (all || queue.isUsed()) {
        addRow(queues, device, queue, rates);
      } else {
        unused++;
      }
    }
    TextTable clients = new TextTable("client", ">pid", ">pasid", "process");
    for (Client client : device.clients()) {
      clients.row(
          client.queue(),
          Long.toString(client.pid()),
          client.pasid() == 0 ? NONE : Long.toString(client.pasid()),
          printable(client.process()));
    }
    text.append('\n').append(heading(device, unused)).append('\n');
    if (!queues.isEmpty()) {
      queues.appendTo(text, "  ");
    }
    if (!clients.isEmpty()) {
      clients.appendTo(text, "  ");
    }
  }

  private static String heading(Device device, int unused) {
    String state = device.name() == null ? "no driver" : orNone(device.state());
    // The driver tells it when it has been told; between the two they differ.
    boolean halted = "halt".equals(device.hardwareState()) && !"halted".equals(state);
    String errors = "software errors " + device.errors();
    if (device.lastError() != 0) {
      errors += ", last " + describe(device.lastError());
    }
    if (device.events() != 0) {
      errors += "  events " + device.events() + ", last " + describe(device.lastEvent());
    }
    return orNone(device.name())
        + "  "
        + device.address()
        + "  "
        + state
        + (halted ? " (hardware: halt)" : "")
        + "  "
        + errors
        + (unused == 0 ? "" : "  queues unused " + unused);
  }

  private static String describe(int code) {
    String number = String.format(Locale.ROOT, "0x%02x", code);
    for (Status status : Status.values()) {
      if (status.code() == code) {
        return number + " " + status;
      }
    }
    return number;
  }

  private static void addRow(TextTable table, Device device, Queue queue, TopRates rates) {
    Counters counters = queue.counters();
    table.row(
        queue.id(),
        orNone(queue.label()),
        orNone(queue.mode()),
        orNone(queue.state()),
        orNone(queue.type()),
        orNone(queue.size()) + "/" + orNone(queue.threshold()),
        Long.toString(queue.occupancy()),
        Long.toString(queue.inFlight() - queue.occupancy()),
        rate(rates.of(device, queue, all -> all.value(TopSample.SUBMITTED))),
        rate(rates.of(device, queue, all -> all.value(TopSample.COMPLETED))),
        rate(rates.of(device, queue, Counters::rejected)),
        Long.toString(counters.value(TopSample.SUBMITTED)),
        Long.toString(counters.value(TopSample.COMPLETED)),
        Long.toString(counters.rejected()),
        Long.toString(counters.value(TopSample.FAILED)));
  }

  private static String rate(Double perSecond) {
    if (perSecond == null) {
      return NONE;
    }
    return String.format(Locale.ROOT, perSecond >= WHOLE ? "%.0f" : "%.1f", perSecond);
  }

  private static String orNone(Object value) {
    return value == null ? NONE : printable(value.toString());
  }

  /** Whoever chose a name may not steer the terminal with it. */
  private static String printable(String name) {
    return name.replaceAll("\\p{Cntrl}", "?");
  }
}
