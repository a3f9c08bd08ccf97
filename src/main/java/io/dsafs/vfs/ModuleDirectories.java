package io.dsafs.vfs;

import static io.dsafs.core.Attribute.readOnly;
import static io.dsafs.core.Attribute.writeOnly;
import static io.dsafs.core.KernelVersion.since;

import io.dsafs.core.Attribute;
import io.dsafs.core.AttributeGroup;
import io.dsafs.core.Driver;
import io.dsafs.core.Module;
import java.util.List;

/** {@code /sys/module}. Source: kernel/module.c, kernel/params.c, drivers/base/module.c. */
final class ModuleDirectories {
  /** The files of a module, in creation order. */
  static final List<Attribute<Module>> FILES =
      List.of(
          writeOnly("uevent", (module, text) -> SyntheticEvent.action(text), since(2, 6)),
          version(),
          readOnly("initstate", m -> m.going() ? "going\n" : "live\n", since(2, 6)),
          readOnly("refcnt", m -> m.references() + "\n", since(2, 6)));

  private final FileTree tree;
  private final Directory modules;

  ModuleDirectories(FileTree tree) {
    this.tree = tree;
    this.modules = tree.directory("/sys/module");
  }

  private static Attribute<Module> version() {
    Attribute<Module> version = readOnly("version", m -> m.version() + "\n", since(2, 6));
    return version.visibleWhen(m -> m.version() != null);
  }

  void add(Module module) {
    Directory directory = modules.newChild(module.name());
    AttributeFiles.fill(directory, FILES, module);
    AttributeGroup<?> parameters = module.parameters();
    if (parameters != null) {
      directory.put(parameters.name(), AttributeFiles.directory(directory, parameters));
    }
    tree.put(modules, module.name(), directory);
  }

  void remove(Module module) {
    tree.remove(modules, module.name());
  }

  /** Adds the link from {@code drivers/}, which appears with the first. */
  void add(Driver driver) {
    if (of(driver) instanceof Directory module) {
      Directory drivers = tree.directory(module.childPath("drivers"));
      Link link = Link.between(drivers.path(), BusDirectories.path(driver));
      tree.put(drivers, linkName(driver), link);
    }
  }

  void remove(Driver driver) {
    if (of(driver) instanceof Directory module
        && module.child("drivers") instanceof Directory drivers) {
      tree.remove(drivers, linkName(driver));
    }
  }

  private Node of(Driver driver) {
    return driver.module() == null ? null : modules.child(driver.module().name());
  }

  private static String linkName(Driver driver) {
    return driver.bus().name() + ":" + driver.name();
  }

  /** The directory's path, whether it is there or not. */
  static String path(Module module) {
    return "/sys/module/" + module.name();
  }
}
