namespace Moda.Web.Jobs;

/// <summary>
/// A video that is read while it is written: one writer, any readers, each from the beginning. A reader gets the bytes as they are flushed and
/// holds the file, so it may be removed meanwhile.
/// </summary>
/// <param name="path">The file; it is created by the first write.</param>
internal sealed class GrowingVideo(string path) : Stream
{
    private readonly Lock gate = new();
    private FileStream? file;
    private long written;
    private long visible;
    private bool hasEnded;
    private Exception? failure;
    private TaskCompletionSource change = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        file ??= new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read | FileShare.Delete, bufferSize: 0);
        await file.WriteAsync(buffer, cancellationToken);
        written += buffer.Length;
    }

    /// <summary>Lets readers see what was written.</summary>
    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        Announce(() => visible = written);
        return Task.CompletedTask;
    }

    /// <summary>Ends it: readers that have read all of it end too.</summary>
    public void Complete() => Announce(() => hasEnded = true);

    /// <summary>Ends it: readers get an exception.</summary>
    /// <param name="reason">Why there is no more.</param>
    public void Fail(Exception reason) => Announce(() =>
    {
        if (!hasEnded)
        {
            (hasEnded, failure) = (true, reason);
        }
    });

    /// <summary>Waits until there is something to read, and opens it at its beginning.</summary>
    /// <returns>
    /// A reader, for <see cref="CopyAsync"/>; the caller disposes it. Null where the video has ended empty, or has ended and is kept elsewhere.
    /// </returns>
    /// <exception cref="IOException">It failed before.</exception>
    public async Task<FileStream?> OpenAsync(CancellationToken cancellationToken)
    {
        State state = Look();
        while (state.Visible == 0 && !state.HasEnded)
        {
            await state.Change.WaitAsync(cancellationToken);
            state = Look();
        }

        try
        {
            return state.Visible > 0 ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0) : null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Copies the rest of the video, as it is written.</summary>
    /// <param name="reader">Where it is read from.</param>
    /// <param name="destination">Where it goes; flushed whenever nothing more is there.</param>
    /// <param name="cancellationToken">Ends the copying.</param>
    /// <exception cref="IOException">The video failed.</exception>
    public async Task CopyAsync(FileStream reader, Stream destination, CancellationToken cancellationToken)
    {
        byte[] block = new byte[1 << 16];
        while (true)
        {
            State state = Look();
            while (reader.Position < state.Visible)
            {
                int read = await reader.ReadAsync(block.AsMemory(0, (int)Math.Min(block.Length, state.Visible - reader.Position)), cancellationToken);
                await destination.WriteAsync(block.AsMemory(0, read), cancellationToken);
            }

            if (state.HasEnded)
            {
                return;
            }

            await destination.FlushAsync(cancellationToken);
            await state.Change.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public override void Flush() => FlushAsync(CancellationToken.None).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    /// <summary>Closes the file for the writer.</summary>
    protected override void Dispose(bool disposing)
    {
        file?.Dispose();
        base.Dispose(disposing);
    }

    private State Look()
    {
        lock (gate)
        {
            return failure is null ? new State(visible, hasEnded, change.Task) : throw new IOException("The video ended before it was complete.", failure);
        }
    }

    private void Announce(Action assign)
    {
        TaskCompletionSource announced;
        lock (gate)
        {
            assign();
            announced = change;
            change = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        announced.SetResult();
    }

    private readonly record struct State(long Visible, bool HasEnded, Task Change);
}
