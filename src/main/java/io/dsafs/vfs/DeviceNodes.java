package io.dsafs.vfs;

import io.dsafs.core.Device;
import io.dsafs.core.DeviceModel;

/**
 * {@code /dev}: the log, and a node for each device with a number, in directories that exist while
 * they are not empty. Source: drivers/base/devtmpfs.c.
 */
final class DeviceNodes {
  private final FileTree tree;
  private final DeviceModel model;
  private final Directory nodes;

  DeviceNodes(FileTree tree, DeviceModel model) {
    this.tree = tree;
    this.model = model;
    this.nodes = tree.directory("/dev");
    nodes.put("kmsg", new KmsgNode(model.log()));
  }

  void add(Device device) {
    if (device.number() != null) {
      tree.putBelow(nodes, device.nodeName(), new DeviceNode(model.charDevices(), device.number()));
    }
  }

  void remove(Device device) {
    if (device.number() != null) {
      tree.removeBelow(nodes, device.nodeName());
    }
  }
}
