using System.Globalization;
using System.Text.RegularExpressions;
using Moda.Weights.Files;

namespace Moda.Runtime.Media;

/// <summary>
/// A folder for frames. Each PNG file contains a mark, which tells the frames of an earlier clip from other files. Only marked files are
/// ever deleted.
/// </summary>
internal sealed partial class FrameFolder : IDisposable
{
    private readonly PartialOutput output;

    private FrameFolder(PartialOutput output) => this.output = output;

    // A PNG text chunk "Software: moda generate" with its length and checksum, followed by the chunk that ends every PNG file.
    private static ReadOnlySpan<byte> Mark =>
        "\0\0\0\u0016tEXtSoftware\0moda generate"u8;

    private static ReadOnlySpan<byte> MarkChecksum => [0x67, 0x67, 0x1E, 0x39];

    private static ReadOnlySpan<byte> End => [0, 0, 0, 0, (byte)'I', (byte)'E', (byte)'N', (byte)'D', 0xAE, 0x42, 0x60, 0x82];

    /// <summary>Checks whether frames can be written to a folder.</summary>
    /// <param name="path">The folder. It need not exist, but its parent must.</param>
    /// <param name="options">Whether the folder may hold other files, and which files are inputs.</param>
    /// <exception cref="VideoFileException">The folder cannot be used.</exception>
    public static FrameFolder Prepare(string path, VideoOutputOptions options)
    {
        PartialOutput output = PartialOutput.CreateFolder(path);
        try
        {
            output.Guard(() => Check(path, output.Target, options));
            return new FrameFolder(output);
        }
        catch
        {
            output.Dispose();
            throw;
        }
    }

    /// <summary>The temporary path of a frame, until the clip is complete.</summary>
    public string PathOf(int index) => Path.Combine(output.PartialPath, string.Create(CultureInfo.InvariantCulture, $"frame_{index:D6}.png"));

    /// <summary>Writes the mark into a frame's file.</summary>
    /// <param name="path">A complete PNG file.</param>
    public void MarkFrame(string path) => output.Guard(() =>
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.None, bufferSize: 0);
        file.Seek(-End.Length, SeekOrigin.End);
        file.Write([.. Mark, .. MarkChecksum, .. End]);
    });

    /// <summary>Moves the frames to the folder, and removes those of an earlier clip.</summary>
    public void Commit() =>
        output.CommitFolder(Directory.Exists(output.Target) ? [.. Directory.EnumerateFiles(output.Target).Where(IsOurs)] : []);

    /// <summary>Creates the exception for a disk error.</summary>
    public VideoFileException Explain(Exception error) => output.Explain(error);

    /// <summary>Removes frames that were not moved to the folder.</summary>
    public void Dispose() => output.Dispose();

    private static void Check(string path, string folder, VideoOutputOptions options)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }
        foreach (string input in options.Inputs)
        {
            if (FrameName().IsMatch(Path.GetFileName(input)) && RealPath.AreSame(Path.GetDirectoryName(Path.GetFullPath(input))!, folder))
            {
                throw new VideoFileException(path, $"the input '{input}' lies in it under the name of a frame. Give another folder.");
            }
            // An input may be a link to a file in this folder.
            if (FrameName().IsMatch(Path.GetFileName(RealPath.Of(input))) && RealPath.AreSame(Path.GetDirectoryName(RealPath.Of(input))!, folder))
            {
                throw new VideoFileException(path, $"the input '{input}' is a frame in it. Give another folder.");
            }
        }
        if (!options.Overwrite && Directory.EnumerateFileSystemEntries(folder).FirstOrDefault(entry => !IsOurs(entry)) is { } other)
        {
            throw new VideoFileException(
                path, $"the folder holds '{Path.GetFileName(other)}', which is no frame of an earlier clip. Give another folder, or set Overwrite (--overwrite) to put frames beside it.");
        }
    }

    private static bool IsOurs(string path)
    {
        if (!FrameName().IsMatch(Path.GetFileName(path)) || !File.Exists(path) || new FileInfo(path).LinkTarget is not null)
        {
            return false;
        }
        Span<byte> end = stackalloc byte[Mark.Length + MarkChecksum.Length + End.Length];
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        if (file.Length < end.Length)
        {
            return false;
        }
        file.Seek(-end.Length, SeekOrigin.End);
        file.ReadExactly(end);
        return end[..Mark.Length].SequenceEqual(Mark) && end[^End.Length..].SequenceEqual(End);
    }

    [GeneratedRegex(@"\Aframe_[0-9]{6,}\.png\z", RegexOptions.IgnoreCase)]
    private static partial Regex FrameName();
}
