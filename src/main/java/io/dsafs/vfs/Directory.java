package io.dsafs.vfs;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** A directory. Reading it takes no lock; {@link FileTree} changes it. */
public final class Directory extends Node {
  private static final int MODE = 0755;

  private final String path;
  private final ConcurrentSkipListMap<String, Node> children = new ConcurrentSkipListMap<>();
  private final AtomicInteger subdirectories = new AtomicInteger();
  private volatile boolean removed;

  /**
   * @param path from the root of the tree, such as {@code /sys/bus}; the root's is {@code /}
   */
  Directory(String path) {
    super(MODE);
    this.path = path;
  }

  /** The path from the root of the tree. */
  public String path() {
    return path;
  }

  /** A new directory with a place below this one; {@link #put} makes it appear. */
  Directory newChild(String name) {
    return new Directory(childPath(name));
  }

  String childPath(String name) {
    return path.equals("/") ? "/" + name : path + "/" + name;
  }

  /** What is in the directory now, by name; weakly consistent, not to be changed. */
  public SortedMap<String, Node> children() {
    return Collections.unmodifiableSortedMap(children);
  }

  @Override
  public Iterable<String> names() {
    return Collections.unmodifiableSet(children.keySet());
  }

  /** The node of that name, or null. */
  public Node child(String name) {
    return children.get(name);
  }

  boolean isEmpty() {
    return children.isEmpty();
  }

  /** Gives a name a node and returns what it meant before, or null. */
  Node put(String name, Node node) {
    Node before = children.put(name, node);
    count(node, 1);
    count(before, -1);
    return before;
  }

  /** Takes a name away and returns what it meant, or null. */
  Node remove(String name) {
    Node before = children.remove(name);
    count(before, -1);
    return before;
  }

  private void count(Node node, int change) {
    if (node instanceof Directory) {
      subdirectories.addAndGet(change);
    }
  }

  /** The directory has no place in the tree any more: open files in it answer ENODEV. */
  void markRemoved() {
    removed = true;
    for (Node node : children.values()) {
      if (node instanceof Directory below) {
        below.markRemoved();
      }
    }
  }

  /** ENODEV: the object that this directory shows is gone. */
  void checkPresent() throws ErrnoException {
    if (removed) {
      throw new ErrnoException(Errno.ENODEV, path + " is gone");
    }
  }

  /**
   * Adds a file whose text a supplier makes.
   *
   * @param mode permission bits, such as 0444
   */
  public void addText(String name, int mode, Supplier<String> text) {
    put(name, new TextFile(this, mode, text::get, null));
  }

  /** Adds a file that takes text; {@code show} is null for a file that is only written. */
  public void addText(String name, int mode, TextFile.Show show, TextFile.Store store) {
    put(name, new TextFile(this, mode, show, store));
  }

  @Override
  public int fileType() {
    return S_IFDIR;
  }

  @Override
  public int links() {
    return 2 + subdirectories.get();
  }

  /** EISDIR: opened for writing, or read as a file. */
  @Override
  public Handle open(int tid, int flags) throws ErrnoException {
    if (Access.writes(flags)) {
      throw isDirectory();
    }
    return new DirectoryHandle();
  }

  private ErrnoException isDirectory() {
    return new ErrnoException(Errno.EISDIR, path + " is a directory");
  }

  private final class DirectoryHandle implements Handle {
    @Override
    public int read(ByteBuffer into, long offset) throws ErrnoException {
      throw isDirectory();
    }

    @Override
    public int write(int tid, ByteBuffer from, long offset) throws ErrnoException {
      throw new ErrnoException(Errno.EBADF, path + " is not open for writing");
    }

    @Override
    public int poll(int tid, Runnable waker) {
      return TextHandle.ALWAYS_READY;
    }

    @Override
    public void release() {}
  }
}
