using Moda.Weights;

namespace Moda.Runtime.Files;

/// <summary>A temporary file for data that is too large for memory. It is deleted when the object is disposed. Only its user may read it.</summary>
internal sealed class SpoolFile : IDisposable
{
    private readonly WorkingName name;
    private readonly FileStream stream;
    private readonly SpoolKind kind;

    private SpoolFile(WorkingName name, FileStream stream, SpoolKind kind)
    {
        this.name = name;
        this.stream = stream;
        this.kind = kind;
    }

    /// <summary>The file's path.</summary>
    public string Path => stream.Name;

    /// <summary>Creates the empty file.</summary>
    /// <param name="kind">What the file holds.</param>
    /// <param name="folder">The folder of the file. Null means the system's folder for temporary files.</param>
    /// <exception cref="ModaException">The folder cannot be written to. <paramref name="kind"/> creates the exception.</exception>
    public static SpoolFile Create(SpoolKind kind, string? folder = null)
    {
        folder ??= System.IO.Path.GetTempPath();
        WorkingName? name = null;
        try
        {
            name = WorkingName.Take(folder);
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite,
                BufferSize = 0,
            };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }
            return new SpoolFile(name, new FileStream(name.PathOf($".{kind.Name}.part"), options), kind);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            name?.Dispose();
            throw Explain(kind, folder, error);
        }
    }

    /// <summary>Appends the rest of a stream.</summary>
    /// <exception cref="ModaException">The disk is full. The file's kind creates the exception.</exception>
    public async ValueTask WriteAsync(Stream source, CancellationToken cancellationToken)
    {
        byte[] block = new byte[1 << 16];
        int read;
        while ((read = await source.ReadAsync(block, cancellationToken).ConfigureAwait(false)) > 0)
        {
            await WriteAsync(block.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Appends bytes.</summary>
    /// <exception cref="ModaException">The disk is full. The file's kind creates the exception.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            throw Explain(kind, System.IO.Path.GetDirectoryName(Path)!, error);
        }
    }

    /// <summary>Replaces bytes at a position.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, long offset, CancellationToken cancellationToken) =>
        RandomAccess.WriteAsync(stream.SafeFileHandle, bytes, offset, cancellationToken);

    /// <summary>Reads bytes at a position.</summary>
    /// <returns>The number of bytes that were read. It is smaller than the destination only at the end.</returns>
    public ValueTask<int> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken) =>
        RandomAccess.ReadAsync(stream.SafeFileHandle, destination, offset, cancellationToken);

    /// <summary>Deletes the file.</summary>
    public void Dispose()
    {
        stream.Dispose();
        WorkingName.TryDelete(Path);
        name.Dispose();
    }

    private static ModaException Explain(SpoolKind kind, string folder, Exception error) => kind.Problem(
        $"The {kind.Name} cannot be kept in the folder for temporary files '{folder}': {DiskProblem.Describe(error)} TMPDIR names another.", error);
}

/// <summary>The kind of data in a <see cref="SpoolFile"/>.</summary>
/// <param name="Name">A word for messages and for the file's name.</param>
/// <param name="Problem">Creates the exception for a failed write.</param>
internal sealed record SpoolKind(string Name, Func<string, Exception, ModaException> Problem);
