using Moda.Weights;

namespace Moda.Runtime.Files;

/// <summary>What is too much for memory: a file, usually in the folder for temporary files, that lasts as long as its object. It is for its user's eyes only.</summary>
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

    /// <summary>Where it is.</summary>
    public string Path => stream.Name;

    /// <summary>Makes the empty file.</summary>
    /// <param name="kind">What is kept in it.</param>
    /// <param name="folder">Where; the folder for temporary files when left out.</param>
    /// <exception cref="ModaException">The folder cannot be written to; of the kind that was given.</exception>
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

    /// <summary>Writes the rest of a stream.</summary>
    /// <exception cref="ModaException">The disk is full; of the kind that was given.</exception>
    public async ValueTask WriteAsync(Stream source, CancellationToken cancellationToken)
    {
        byte[] block = new byte[1 << 16];
        int read;
        while ((read = await source.ReadAsync(block, cancellationToken).ConfigureAwait(false)) > 0)
        {
            await WriteAsync(block.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes bytes.</summary>
    /// <exception cref="ModaException">The disk is full; of the kind that was given.</exception>
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

    /// <summary>Replaces bytes at a place.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, long offset, CancellationToken cancellationToken) =>
        RandomAccess.WriteAsync(stream.SafeFileHandle, bytes, offset, cancellationToken);

    /// <summary>Reads bytes at a place.</summary>
    /// <returns>How many were read; fewer than asked for only at the end.</returns>
    public ValueTask<int> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken) =>
        RandomAccess.ReadAsync(stream.SafeFileHandle, destination, offset, cancellationToken);

    /// <summary>Removes it.</summary>
    public void Dispose()
    {
        stream.Dispose();
        WorkingName.TryDelete(Path);
        name.Dispose();
    }

    private static ModaException Explain(SpoolKind kind, string folder, Exception error) => kind.Problem(
        $"The {kind.Name} cannot be kept in the folder for temporary files '{folder}': {DiskProblem.Describe(error)} TMPDIR names another.", error);
}

/// <summary>What is kept in a <see cref="SpoolFile"/>.</summary>
/// <param name="Name">A word for messages and for the file's name.</param>
/// <param name="Problem">Makes the exception for a disk that does not take it.</param>
internal sealed record SpoolKind(string Name, Func<string, Exception, ModaException> Problem);
