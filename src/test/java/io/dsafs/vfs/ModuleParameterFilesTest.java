package io.dsafs.vfs;

import static io.dsafs.core.KernelVersion.since;
import static io.dsafs.core.ModuleParameters.bool;
import static io.dsafs.core.ModuleParameters.integer;
import static io.dsafs.core.ModuleParameters.uint;
import static io.dsafs.vfs.ErrnoAssert.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.Attribute;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.Module;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The parameters/ directory of a module. Source: kernel/params.c. */
class ModuleParameterFilesTest {
  private static final String DIRECTORY = "/sys/module/test/parameters";

  private int count = 5;
  private int level = -1;
  private boolean quick;

  private final TreeFixture fixture = new TreeFixture();
  private final Module module;

  ModuleParameterFilesTest() {
    List<Attribute<ModuleParameterFilesTest>> rows =
        List.of(
            uint("count", 0644, t -> t.count, (t, v) -> t.count = v, since(5, 7)),
            integer("level", 0644, t -> t.level, (t, v) -> t.level = v, since(5, 7)),
            bool("quick", 0444, t -> t.quick, (t, v) -> t.quick = v, since(5, 7)));
    module = Module.withParameters("test", null, this, rows);
    fixture.model.addModule(module);
  }

  @Test
  void has_a_file_for_each_row() throws ErrnoException {
    assertThat(fixture.list("/sys/module/test"))
        .containsExactly("initstate", "parameters", "refcnt", "uevent");
    assertThat(fixture.list(DIRECTORY)).containsExactly("count", "level", "quick");
    assertThat(fixture.tree.lookup(DIRECTORY + "/count").permissions()).isEqualTo(0644);
    assertThat(fixture.tree.lookup(DIRECTORY + "/quick").permissions()).isEqualTo(0444);
  }

  @Test
  void shows_and_stores_values_by_their_type() throws ErrnoException {
    assertThat(fixture.read(DIRECTORY + "/level")).isEqualTo("-1\n");
    assertThat(fixture.read(DIRECTORY + "/quick")).isEqualTo("N\n");

    assertThat(fixture.write(DIRECTORY + "/count", "0xffffffff\n")).isEqualTo(11);

    assertThat(fixture.read(DIRECTORY + "/count")).isEqualTo("4294967295\n");
    assertRefused(Errno.EINVAL, () -> fixture.write(DIRECTORY + "/count", "many\n"));
    assertRefused(Errno.EACCES, () -> fixture.write(DIRECTORY + "/quick", "1"));
  }

  @Test
  void goes_with_the_module() {
    fixture.model.removeModule(module);

    assertThat(fixture.exists("/sys/module/test")).isFalse();
  }

  @Test
  void a_module_without_parameters_has_no_directory() throws ErrnoException {
    fixture.model.addModule(new Module("plain", null));

    assertThat(fixture.exists("/sys/module/plain/parameters")).isFalse();
  }
}
