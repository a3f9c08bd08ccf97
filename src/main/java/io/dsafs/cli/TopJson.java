package io.dsafs.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dsafs.cli.TopSample.Client;
import io.dsafs.cli.TopSample.Device;
import io.dsafs.cli.TopSample.Queue;
import java.nio.file.Path;

/** A sample as one JSON object for programs; Documentation/top.md has its keys. */
final class TopJson {
  /** Grows when a key changes its meaning or goes; not when one is added. */
  private static final int SCHEMA = 1;

  private final Path root;

  TopJson(Path root) {
    this.root = root;
  }

  /** The object in readable form, without a newline at its end. */
  String render(TopSample before, TopSample now) {
    TopRates rates = new TopRates(before, now);
    ObjectNode top = JsonMapper.builder().build().createObjectNode();
    top.put("schema", SCHEMA);
    top.put("mountPoint", root.toString());
    top.put("abi", now.machine().value("abi"));
    top.put("pid", Long.parseLong(now.machine().value("pid")));
    top.put("intervalSeconds", rates.seconds());
    ArrayNode devices = top.putArray("devices");
    now.devices().forEach(device -> add(devices.addObject(), device, rates));
    return top.toPrettyString();
  }

  private static void add(ObjectNode node, Device device, TopRates rates) {
    node.put("name", device.name());
    node.put("address", device.address());
    node.put("state", device.state());
    node.put("hardwareState", device.hardwareState());
    node.put("softwareErrors", device.errors());
    node.put("lastError", device.lastError());
    node.put("events", device.events());
    node.put("lastEvent", device.lastEvent());
    ArrayNode queues = node.putArray("queues");
    device.queues().forEach(queue -> add(queues.addObject(), device, queue, rates));
    ArrayNode clients = node.putArray("clients");
    for (Client client : device.clients()) {
      clients
          .addObject()
          .put("queue", client.queue())
          .put("pid", client.pid())
          .put("process", client.process())
          .put("pasid", client.pasid());
    }
  }

  private static void add(ObjectNode node, Device device, Queue queue, TopRates rates) {
    node.put("queue", queue.id());
    node.put("name", queue.label());
    node.put("mode", queue.mode());
    node.put("state", queue.state());
    node.put("type", queue.type());
    node.put("size", queue.size());
    node.put("threshold", queue.threshold());
    node.put("occupancy", queue.occupancy());
    node.put("inFlight", queue.inFlight());
    ObjectNode totals = node.putObject("totals");
    ObjectNode perSecond = node.putObject("perSecond");
    for (String counter : TopSample.GROWING) {
      totals.put(counter, queue.counters().value(counter));
      perSecond.put(counter, rates.of(device, queue, all -> all.value(counter)));
    }
  }
}
