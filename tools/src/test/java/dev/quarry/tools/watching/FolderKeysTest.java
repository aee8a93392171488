package dev.quarry.tools.watching;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.Watchable;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The keys of watched folders, and what goes with a folder. */
class FolderKeysTest {
  private final FolderKeys keys = new FolderKeys();

  /** A key that only knows whether it was cancelled. */
  private static final class Key implements WatchKey {
    private boolean isCancelled;

    @Override
    public boolean isValid() {
      return !isCancelled;
    }

    @Override
    public List<WatchEvent<?>> pollEvents() {
      return List.of();
    }

    @Override
    public boolean reset() {
      return !isCancelled;
    }

    @Override
    public void cancel() {
      isCancelled = true;
    }

    @Override
    public Watchable watchable() {
      throw new UnsupportedOperationException();
    }
  }

  private Key put(String folder) {
    Key key = new Key();
    keys.put(key, Path.of(folder));
    return key;
  }

  @Test
  void whatIsBelowAFolderGoesWithItAndNothingBesideIt() {
    List<Key> gone = List.of(put("/r/a"), put("/r/a/x"), put("/r/a/x/y"), put("/r/a/zz"));
    List<Key> stay = List.of(put("/r"), put("/r/a-b"), put("/r/a b/x"), put("/r/b"), put("/q/a"));
    keys.cancelBelow(Path.of("/r/a"));
    assertThat(gone).noneMatch(Key::isValid).allMatch(key -> keys.folder(key) == null);
    assertThat(stay).allMatch(Key::isValid).allMatch(key -> keys.folder(key) != null);
  }

  @Test
  void whatIsBelowGoesAlsoWhereTheFolderItselfIsForgotten() {
    Key folder = put("/r/a");
    Key below = put("/r/a/x");
    assertThat(keys.remove(folder)).isEqualTo(Path.of("/r/a"));
    assertThat(keys.remove(folder)).isNull();
    keys.cancelBelow(Path.of("/r/a"));
    assertThat(below.isValid()).isFalse();
  }

  @Test
  void aKeyThatIsGivenForAnotherNameIsKnownByThatOnly() {
    Key key = put("/r/a");
    keys.put(key, Path.of("/r/b"));
    keys.cancelBelow(Path.of("/r/a"));
    assertThat(key.isValid()).isTrue();
    keys.cancelBelow(Path.of("/r/b"));
    assertThat(key.isValid()).isFalse();
  }

  @Test
  void aFolderThatTakesTheNameOfAnotherEndsItsKey() {
    Key before = put("/r/a");
    Key now = put("/r/a");
    assertThat(before.isValid()).isFalse();
    assertThat(keys.folder(before)).isNull();
    assertThat(keys.folder(now)).isEqualTo(Path.of("/r/a"));
    keys.put(now, Path.of("/r/a"));
    assertThat(now.isValid()).isTrue();
  }

  /** To look at each folder for each path took 40,000,000,000 steps here. */
  @Test
  @Timeout(600)
  void aPathThatWentCostsNoLookAtAllFolders() {
    int many = 200_000;
    List<Key> all = new ArrayList<>();
    for (int i = 0; i < many; i++) {
      all.add(put("/r/d" + i));
    }
    for (int i = 0; i < many; i++) {
      keys.cancelBelow(Path.of("/r/f" + i));
    }
    assertThat(all).allMatch(Key::isValid);
    for (int i = 0; i < many; i++) {
      keys.cancelBelow(Path.of("/r/d" + i));
    }
    assertThat(all).noneMatch(Key::isValid);
  }
}
