using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Moda.Testing;

namespace Moda.Web.Tests.Jobs;

/// <summary>A PostgreSQL of this machine with a database of its own. It refuses to run as root, who lets the user postgres run it.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const string User = "postgres";

    private static readonly string? Programs = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Select(version => Path.Combine(version, "bin")).LastOrDefault(Directory.Exists)
        : null;

    private readonly string folder;

    private PostgresServer(string folder, int port)
    {
        this.folder = folder;
        Connection = $"Host=127.0.0.1;Port={port};Username={User};Database={User};Pooling=true";
    }

    /// <summary>Why there is none; null where there is one.</summary>
    public static string? Missing => Programs is null ? "there is no PostgreSQL: on Debian 'apt-get install postgresql' brings it"
        : Environment.UserName != "root" ? "PostgreSQL is started as root for another user" : null;

    /// <summary>How to connect to it.</summary>
    public string Connection { get; }

    /// <summary>Starts one.</summary>
    public static async Task<PostgresServer> StartAsync()
    {
        string folder = Directory.CreateTempSubdirectory("moda-postgres-").FullName;
        await Shell.RunAsync("/tmp", "chown", User, folder);
        int port = FreePort();
        await RunAsync("initdb", "-D", folder, "-A", "trust", "-U", User, "--no-sync");
        await RunAsync("pg_ctl", "-D", folder, "-w", "-l", Path.Combine(folder, "log"), "-o", $"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off", "start");
        return new PostgresServer(folder, port);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await RunAsync("pg_ctl", "-D", folder, "-m", "immediate", "stop");
        Directory.Delete(folder, recursive: true);
    }

    // A server that goes on must not hold this program's pipes.
    private static async Task RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("runuser", ["-u", User, "--", "sh", "-c", "exec \"$@\" > /dev/null 2>&1", "sh", Path.Combine(Programs!, program), .. arguments])
        {
            WorkingDirectory = "/tmp",
        })!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}.");
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
