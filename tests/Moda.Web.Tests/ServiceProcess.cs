using System.Diagnostics;

namespace Moda.Web.Tests;

/// <summary>The service as a process of its own.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process process;

    private ServiceProcess(Process process, Uri address)
    {
        this.process = process;
        Client = new HttpClient { BaseAddress = address };
    }

    /// <summary>Asks it.</summary>
    public HttpClient Client { get; }

    /// <summary>Where its user is at home: there is no such folder, as in a container whose user has none.</summary>
    public static string HomeOf(string dataFolder) => Path.Combine(dataFolder, "home");

    /// <summary>Starts it.</summary>
    public static async Task<ServiceProcess> StartAsync(string dataFolder, params string[] options)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "moda-web.dll");
        Process process = Process.Start(new ProcessStartInfo("dotnet", [program, .. TestServer.Arguments(dataFolder, options)])
        {
            RedirectStandardOutput = true,
            Environment = { ["HOME"] = HomeOf(dataFolder), ["XDG_DATA_HOME"] = null },
        })!;
        return new ServiceProcess(process, await AddressAsync(process).WaitAsync(Patience));
    }

    /// <summary>Ends it at once, as kill -9 does.</summary>
    public async Task KillAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await KillAsync();
        }

        Client.Dispose();
        process.Dispose();
    }

    // Port 0 lets the system choose a free one, which the service then writes to its log.
    private static async Task<Uri> AddressAsync(Process process)
    {
        const string Announcement = "Now listening on: ";
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            int start = line.IndexOf(Announcement, StringComparison.Ordinal);
            if (start >= 0)
            {
                // The rest of the log is read, so that the service never waits for a full pipe.
                _ = process.StandardOutput.ReadToEndAsync();
                return new Uri(line[(start + Announcement.Length)..].Trim());
            }
        }

        throw new InvalidOperationException("The service ended before it listened.");
    }
}
