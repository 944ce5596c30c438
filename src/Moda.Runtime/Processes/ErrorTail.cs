namespace Moda.Runtime.Processes;

/// <summary>
/// The last lines of a process's standard error. Memory is bounded: lines are cut at <see cref="LongestLine"/> characters, and older lines
/// are dropped.
/// </summary>
internal sealed class ErrorTail
{
    private const int LongestLine = 1000;

    private readonly Lock gate = new();
    private readonly Queue<string> lines = new();
    private readonly char[] line = new char[LongestLine];
    private int length;

    /// <summary>The lines so far, including an unfinished one.</summary>
    public string[] Lines
    {
        get
        {
            lock (gate)
            {
                string last = new string(line, 0, length).Trim();
                return last.Length > 0 ? [.. lines, last] : [.. lines];
            }
        }
    }

    /// <summary>Reads until the process closes its standard error.</summary>
    public async Task ReadAsync(TextReader reader)
    {
        char[] block = new char[4096];
        int read;
        try
        {
            while ((read = await reader.ReadAsync(block).ConfigureAwait(false)) > 0)
            {
                Append(block.AsSpan(0, read));
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // This process closed the pipe. The lines that were read are kept.
        }
    }

    private void Append(ReadOnlySpan<char> text)
    {
        lock (gate)
        {
            foreach (char character in text)
            {
                if (character is '\n' or '\r')
                {
                    EndLine();
                }
                else if (length < line.Length)
                {
                    line[length++] = character;
                }
            }
        }
    }

    private void EndLine()
    {
        string ended = new string(line, 0, length).Trim();
        length = 0;
        if (ended.Length == 0)
        {
            return;
        }
        lines.Enqueue(ended);
        if (lines.Count > FfmpegProcess.ErrorTailLines)
        {
            lines.Dequeue();
        }
    }
}
