package io.dsafs.idxd.swq;

import static io.dsafs.core.Attribute.readOnly;
import static io.dsafs.core.KernelVersion.since;
import static io.dsafs.idxd.DeviceRows.hex;
import static io.dsafs.idxd.DeviceRows.number;

import io.dsafs.core.Attribute;
import io.dsafs.idxd.DeviceRows;
import java.util.List;

/** The files of a device's directory. Mirrors idxd_device_attributes in sysfs.c. */
final class DeviceAttributes {
  static final List<Attribute<SwqDevice>> TABLE =
      List.of(
          DeviceRows.version(),
          DeviceRows.maxGroups(),
          DeviceRows.maxWorkQueues(),
          DeviceRows.maxWorkQueuesSize(),
          DeviceRows.maxEngines(),
          DeviceRows.numaNode(),
          readOnly("max_batch_size", d -> number(d.capabilities().maxBatchSize()), since(5, 6)),
          DeviceRows.maxTransferSize(),
          // The driver of the time shows no operation codes from 64 on.
          readOnly("op_cap", d -> hex(d.capabilities().opcap().get(0)), since(5, 6)),
          DeviceRows.genCap(),
          DeviceRows.configurable(),
          DeviceRows.clients(),
          DeviceRows.pasidEnabled(since(5, 7)),
          DeviceRows.state(),
          readOnly("errors", d -> d.softwareError().text(), since(5, 6)),
          DeviceRows.maxTokens("max_tokens", since(5, 6)),
          DeviceRows.tokenLimit("token_limit", since(5, 6)),
          DeviceRows.cdevMajor(),
          // Not of March 2020: today's tools write it before anything else.
          DeviceRows.<SwqDevice>cmdStatus().visibleWhen(d -> !d.strictAbi()));

  private DeviceAttributes() {}
}
