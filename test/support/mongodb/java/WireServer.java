import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * A MongoDB wire server in memory. Prints its URI as the first line and ends when standard input
 * does, so that it cannot outlive the tests that started it.
 */
public class WireServer {
  /** The driver refuses the wire version that the library reports by default (8). */
  private static final class Version5 implements MongoVersion {
    @Override
    public List<Integer> getVersionArray() {
      return List.of(5, 0, 0);
    }

    @Override
    public int getWireVersion() {
      return 13;
    }
  }

  public static void main(String[] arguments) throws IOException {
    StrictBackend backend = new StrictBackend();
    backend.version(new Version5());
    MongoServer server = new MongoServer(backend);
    server.bind("127.0.0.1", 0);
    InetSocketAddress address = server.getLocalAddress();
    System.out.println("mongodb://127.0.0.1:" + address.getPort() + "/?directConnection=true");
    System.out.flush();
    while (System.in.read() != -1) {
      // Whatever is sent has no meaning; only the end has.
    }
    server.shutdownNow();
    // Netty's threads would keep the process for seconds.
    System.exit(0);
  }
}
