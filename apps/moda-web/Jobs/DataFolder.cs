using Microsoft.Extensions.Options;
using Moda.Web.Configuration;

namespace Moda.Web.Jobs;

/// <summary>
/// The files of the service: <c>videos/ID/</c> holds what was sent for a job and its video, <c>uploads/</c> what is being received, <c>portraits/</c>
/// pictures for poses and live sessions. File names are the service's own; nothing of them comes from a client. One process at a time may use
/// the folder; a lock file tells.
/// </summary>
internal sealed class DataFolder : IDisposable
{
    private readonly string root;
    private readonly FileStream lockFile;

    public DataFolder(IOptions<ServiceOptions> options)
    {
        root = Path.GetFullPath(options.Value.DataFolder);
        lockFile = Lock(root);
        Directory.CreateDirectory(VideosPath);
        Directory.CreateDirectory(PortraitsPath);
        EmptyFolder(UploadsPath);
        EmptyFolder(PortraitsPath);
    }

    /// <summary>The SQLite database.</summary>
    public string DatabasePath => Path.Combine(root, "jobs.db");

    private string VideosPath => Path.Combine(root, "videos");

    private string UploadsPath => Path.Combine(root, "uploads");

    private string PortraitsPath => Path.Combine(root, "portraits");

    /// <summary>The files of a job.</summary>
    public JobFolder Of(string id) => new(Path.Combine(VideosPath, Checked(id, VideoJob.IsId(id))));

    /// <summary>The file of a portrait that was uploaded for poses and live sessions.</summary>
    public string PortraitOf(string id) => Path.Combine(PortraitsPath, Checked(id, id.All(char.IsAsciiLetterOrDigit)));

    /// <summary>A new folder for what is being received; the caller disposes it.</summary>
    public UploadFolder CreateUpload() => new(Path.Combine(UploadsPath, Guid.NewGuid().ToString("N")));

    /// <summary>The jobs that have files.</summary>
    public IEnumerable<string> ListJobs() => Directory.EnumerateDirectories(VideosPath).Select(path => Path.GetFileName(path)!).Where(VideoJob.IsId);

    /// <summary>Lets other processes use the folder.</summary>
    public void Dispose() => lockFile.Dispose();

    private static string Checked(string id, bool isSafe) =>
        isSafe && id.Length > 0 ? id : throw new ArgumentException("It is no name that the service has given.", nameof(id));

    private static FileStream Lock(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataFolderException(
                $"The data folder '{folder}' cannot be used: {error.Message} Where another moda-web uses it, stop that one, or name another folder (--data).", error);
        }
    }

    private static void EmptyFolder(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }

        Directory.CreateDirectory(path);
    }
}
