package io.dsafs.vfs;

import io.dsafs.core.Device;
import io.dsafs.core.DeviceModel;

/**
 * {@code /dev}: the log, and a node for each device with a number, in directories that exist while
 * they are not empty; {@code /dev/char} has a link to each node under its number, which programs
 * use that know no more than {@code cdev_major} and {@code cdev_minor}. Source:
 * drivers/base/devtmpfs.c; the links are those of udev, see udev(7).
 */
final class DeviceNodes {
  /** Where the kernel's log is. */
  static final String LOG = "/dev/kmsg";

  private final FileTree tree;
  private final DeviceModel model;
  private final Directory nodes;
  private final Directory numbers;

  DeviceNodes(FileTree tree, DeviceModel model) {
    this.tree = tree;
    this.model = model;
    this.nodes = tree.directory("/dev");
    this.numbers = tree.directory("/dev/char");
    KmsgNode log = new KmsgNode(model.log());
    nodes.put("kmsg", log);
    model.log().setListener(() -> tree.resized(LOG, log));
  }

  void add(Device device) {
    if (device.number() != null) {
      tree.putBelow(nodes, device.nodeName(), new DeviceNode(model.charDevices(), device.number()));
      Link link = Link.between(numbers.path(), nodes.childPath(device.nodeName()));
      tree.put(numbers, device.number().toString(), link);
    }
  }

  void remove(Device device) {
    if (device.number() != null) {
      // Before the node: a link never leads nowhere.
      tree.remove(numbers, device.number().toString());
      tree.removeBelow(nodes, device.nodeName());
    }
  }
}
