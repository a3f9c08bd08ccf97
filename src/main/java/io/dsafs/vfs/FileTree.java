package io.dsafs.vfs;

import io.dsafs.core.AttributeGroup;
import io.dsafs.core.Bus;
import io.dsafs.core.DebugFile;
import io.dsafs.core.Device;
import io.dsafs.core.DeviceModel;
import io.dsafs.core.DeviceModelListener;
import io.dsafs.core.Driver;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.Module;
import java.util.ArrayList;
import java.util.List;

/**
 * The exported tree. It follows a device model: what is registered there appears, what goes
 * disappears, before the call that caused it returns.
 *
 * <p>Creating, removing and renaming from outside is not offered: a caller that is asked to answers
 * EACCES to a new file, EPERM to mkdir, unlink, rename, link and symlink. Truncating succeeds and
 * does nothing. Source: swq-v1 section 1.
 */
public final class FileTree implements DeviceModelListener {
  /** A name that was taken away. */
  private record Gone(Directory parent, Node node, String name) {}

  private final Directory root = new Directory("/");

  /**
   * Held while directories that come and go with their contents do so, and while a path is made;
   * nothing is called with it held.
   */
  private final Object structure = new Object();

  private final Directory debug;
  private final ModuleDirectories modules;
  private final BusDirectories buses;
  private final DeviceDirectories devices;
  private final DeviceNodes nodes;
  private volatile NameListener nameListener = (parentPath, node, name) -> {};
  private volatile SizeListener sizeListener = (path, node) -> {};

  /**
   * Makes the fixed part of the tree and listens to the model; what the model holds already is not
   * shown.
   */
  public FileTree(DeviceModel model) {
    directory("/sys/dev/block");
    directory("/sys/class/dma");
    debug = directory("/sys/kernel/debug");
    modules = new ModuleDirectories(this);
    buses = new BusDirectories(this, model);
    devices = new DeviceDirectories(this, model);
    nodes = new DeviceNodes(this, model);
    model.addListener(this);
  }

  public Directory root() {
    return root;
  }

  /** Who hears of names that go; one at a time. */
  public void setNameListener(NameListener listener) {
    nameListener = listener;
  }

  /** The paths of files whose size changes; all others keep theirs. */
  public List<String> resizable() {
    return List.of(DeviceNodes.LOG);
  }

  /** Who hears when the size of one of {@link #resizable} has changed. */
  public void setSizeListener(SizeListener listener) {
    sizeListener = listener;
  }

  void resized(String path, Node node) {
    sizeListener.resized(path, node);
  }

  /**
   * The node at a path; symbolic links are not followed.
   *
   * <p>ENOTDIR: something on the way is not a directory. ENOENT: no such name.
   *
   * @param path from the root of the tree, such as {@code /sys/bus/dsa}
   */
  public Node lookup(String path) throws ErrnoException {
    Node node = root;
    for (int start = 1, end; start < path.length(); start = end + 1) {
      end = path.indexOf('/', start);
      if (end < 0) {
        end = path.length();
      }
      if (!(node instanceof Directory directory)) {
        throw new ErrnoException(Errno.ENOTDIR, path);
      }
      node = directory.child(path.substring(start, end));
      if (node == null) {
        throw new ErrnoException(Errno.ENOENT, path);
      }
    }
    return node;
  }

  /**
   * The directory at a path; it and what is missing above it is made.
   *
   * @throws IllegalArgumentException if something on the way is not a directory
   */
  public Directory directory(String path) {
    synchronized (structure) {
      return makeDirectories(root, Paths.names(path));
    }
  }

  /** Takes a name away from the directory at a path; nothing if there is no such directory. */
  void remove(String path, String name) {
    Node node;
    try {
      node = lookup(path);
    } catch (ErrnoException e) {
      return; // gone before, with everything in it
    }
    if (node instanceof Directory directory) {
      remove(directory, name);
    }
  }

  private static Directory makeDirectories(Directory base, List<String> names) {
    Directory directory = base;
    for (String name : names) {
      Node next = directory.child(name);
      if (next == null) {
        next = directory.newChild(name);
        directory.put(name, next);
      }
      if (!(next instanceof Directory below)) {
        throw new IllegalArgumentException(directory.childPath(name) + " is not a directory");
      }
      directory = below;
    }
    return directory;
  }

  /** Gives a name a node. */
  void put(Directory directory, String name, Node node) {
    Node before = directory.put(name, node);
    if (before != null) {
      tell(new Gone(directory, before, name));
    }
  }

  /** Takes a name away, with everything below it; nothing if there is no such name. */
  void remove(Directory directory, String name) {
    Node before = directory.remove(name);
    if (before != null) {
      tell(new Gone(directory, before, name));
    }
  }

  /**
   * Puts a node at a path below a directory; directories on the way come with it.
   *
   * @param path relative, such as {@code dsa/wq0.0}
   */
  void putBelow(Directory base, String path, Node node) {
    List<String> names = Paths.names(path);
    int last = names.size() - 1;
    synchronized (structure) {
      makeDirectories(base, names.subList(0, last)).put(names.get(last), node);
    }
  }

  /** Removes what {@link #putBelow} put, and the directories on the way that are empty then. */
  void removeBelow(Directory base, String path) {
    List<Gone> gone = new ArrayList<>();
    synchronized (structure) {
      removeBelow(base, Paths.names(path), gone);
    }
    gone.forEach(this::tell);
  }

  private static void removeBelow(Directory at, List<String> names, List<Gone> gone) {
    String name = names.get(0);
    List<String> rest = names.subList(1, names.size());
    boolean remove = rest.isEmpty();
    if (!remove && at.child(name) instanceof Directory below) {
      removeBelow(below, rest, gone);
      remove = below.isEmpty();
    }
    Node before = remove ? at.remove(name) : null;
    if (before != null) {
      gone.add(new Gone(at, before, name));
    }
  }

  private void tell(Gone gone) {
    if (gone.node() instanceof Directory directory) {
      directory.markRemoved();
    }
    nameListener.gone(gone.parent().path(), gone.node(), gone.name());
  }

  @Override
  public void moduleAdded(Module module) {
    modules.add(module);
  }

  @Override
  public void moduleRemoved(Module module) {
    modules.remove(module);
  }

  @Override
  public void busAdded(Bus bus) {
    buses.add(bus);
  }

  @Override
  public void busRemoved(Bus bus) {
    buses.remove(bus);
  }

  @Override
  public void driverAdded(Driver driver) {
    buses.add(driver);
    modules.add(driver);
  }

  @Override
  public void driverRemoved(Driver driver) {
    modules.remove(driver);
    buses.remove(driver);
  }

  @Override
  public void deviceAdded(Device device) {
    devices.add(device);
    nodes.add(device);
  }

  @Override
  public void deviceRemoved(Device device) {
    nodes.remove(device);
    devices.remove(device);
  }

  @Override
  public void driverLinked(Device device, Driver driver) {
    devices.bind(device, driver);
  }

  @Override
  public void driverUnlinked(Device device, Driver driver) {
    devices.unbind(device, driver);
  }

  @Override
  public void debugFileAdded(DebugFile file) {
    List<String> names = Paths.names(file.path());
    int last = names.size() - 1;
    synchronized (structure) {
      makeDirectories(debug, names.subList(0, last))
          .addText(names.get(last), file.mode(), file.text());
    }
  }

  @Override
  public void debugFileRemoved(DebugFile file) {
    removeBelow(debug, file.path());
  }

  @Override
  public void groupAdded(Device device, AttributeGroup<?> group) {
    devices.add(device, group);
  }

  @Override
  public void groupRemoved(Device device, AttributeGroup<?> group) {
    devices.remove(device, group);
  }
}
