namespace Moda.Web.Jobs;

/// <summary>The files of one job.</summary>
/// <param name="path">Its folder.</param>
internal sealed class JobFolder(string path)
{
    /// <summary>The files as they were sent.</summary>
    public InputFiles Inputs => new(path);

    /// <summary>The video.</summary>
    public string Video => Path.Combine(path, "video.mp4");

    /// <summary>The video while it is made: fragmented MP4.</summary>
    public string Stream => Path.Combine(path, "stream.mp4");

    /// <summary>The video while it is brought to its last form. The name ends like the video's, by which ffmpeg knows what to write.</summary>
    public string Unfinished => Path.Combine(path, "unfinished.mp4");

    /// <summary>Takes the files of an upload.</summary>
    public void Adopt(UploadFolder upload) => upload.MoveTo(path);

    /// <summary>Removes all files.</summary>
    public void Delete()
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    /// <summary>Removes what an earlier attempt has left.</summary>
    public void Clean()
    {
        CleanUnfinished();
        File.Delete(Video);
    }

    /// <summary>Removes what was needed only while the video was made.</summary>
    public void CleanUnfinished()
    {
        File.Delete(Stream);
        File.Delete(Unfinished);
    }
}

/// <summary>A folder that an upload is received in. Disposing it removes what no job has taken.</summary>
internal sealed class UploadFolder : IDisposable
{
    private readonly string path;

    public UploadFolder(string path)
    {
        this.path = path;
        Directory.CreateDirectory(path);
    }

    /// <summary>Where files go.</summary>
    public InputFiles Inputs => new(path);

    /// <summary>Gives all files another folder.</summary>
    public void MoveTo(string target) => Directory.Move(path, target);

    /// <summary>Removes what is still there.</summary>
    public void Dispose()
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }
}
