using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Moda.Kernels.Cuda.Nvrtc;

namespace Moda.Kernels.Cuda.Compilation;

/// <summary>
/// Compiled kernels on disk. An entry is written under a name of its own and renamed when it is complete, so that any number
/// of processes may share the folder; one that is damaged counts as missing. A folder that can't be written to costs a
/// compilation at every start, and nothing else.
/// </summary>
/// <remarks>
/// An entry: 8 bytes "MODAKRN1", SHA-256 of all that follows, length of the log (int32, little-endian), the log (UTF-8), the image.
/// </remarks>
internal sealed class KernelCache
{
    /// <summary>The environment variable that names another folder.</summary>
    public const string FolderVariable = "MODA_KERNEL_CACHE";

    private const int HashLength = SHA256.HashSizeInBytes;

    /// <summary>Uses a folder, which is created when the first entry is written.</summary>
    public KernelCache(string folder) => Folder = folder;

    private static ReadOnlySpan<byte> Magic => "MODAKRN1"u8;

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Why the last entry could not be written; null when it could.</summary>
    public string? WriteProblem { get; private set; }

    /// <summary>
    /// The folder of this user: <c>MODA_KERNEL_CACHE</c>, else <c>%LOCALAPPDATA%\moda\kernels</c> on Windows, else
    /// <c>$XDG_CACHE_HOME/moda/kernels</c> or <c>~/.cache/moda/kernels</c>.
    /// </summary>
    public static KernelCache Default() => new(DefaultFolder(Environment.GetEnvironmentVariable, OperatingSystem.IsWindows()));

    /// <summary>As <see cref="Default"/>, for an environment of the caller's.</summary>
    internal static string DefaultFolder(Func<string, string?> variable, bool isWindows)
    {
        if (variable(FolderVariable) is { Length: > 0 } named)
        {
            return Path.GetFullPath(named);
        }

        // The specification of XDG wants a relative path to be ignored.
        string? root = isWindows ? variable("LOCALAPPDATA") : variable("XDG_CACHE_HOME");
        if (string.IsNullOrEmpty(root) || !Path.IsPathRooted(root))
        {
            root = variable(isWindows ? "USERPROFILE" : "HOME") is { Length: > 0 } home
                ? Path.Combine(home, isWindows ? Path.Combine("AppData", "Local") : ".cache")
                : Path.GetTempPath();
        }

        return Path.Combine(root, "moda", "kernels");
    }

    /// <summary>The key of a compilation: everything that its result depends on.</summary>
    /// <param name="source">The source and its headers.</param>
    /// <param name="options">The compiler's options, the target's architecture among them.</param>
    /// <param name="compiler">The compiler's version.</param>
    public static string Key(KernelSource source, IReadOnlyList<string> options, Version compiler)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, compiler.ToString());
        Append(hash, source.Headers.Count.ToString(CultureInfo.InvariantCulture));
        foreach (SourceFile file in source.Headers.Prepend(source.Unit))
        {
            Append(hash, file.Name);
            Append(hash, file.Text);
        }

        foreach (string option in options)
        {
            Append(hash, option);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Reads an entry.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="name">The source's name.</param>
    /// <returns>The entry; null when there is none, or when it is damaged.</returns>
    public CompiledKernel? Find(string key, string name)
    {
        byte[] entry;
        try
        {
            entry = File.ReadAllBytes(PathOf(key));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        int header = Magic.Length + HashLength;
        if (entry.Length < header + sizeof(int)
            || !entry.AsSpan(0, Magic.Length).SequenceEqual(Magic)
            || !SHA256.HashData(entry.AsSpan(header)).AsSpan().SequenceEqual(entry.AsSpan(Magic.Length, HashLength)))
        {
            return null;
        }

        int logLength = BinaryPrimitives.ReadInt32LittleEndian(entry.AsSpan(header));
        int image = header + sizeof(int) + logLength;
        string log = Encoding.UTF8.GetString(entry, header + sizeof(int), logLength);
        return new CompiledKernel(name, entry[image..], log, FromCache: true);
    }

    /// <summary>Writes an entry, over one that may be there.</summary>
    public void Store(string key, CompiledKernel kernel)
    {
        byte[] log = Encoding.UTF8.GetBytes(kernel.Log);
        byte[] payload = new byte[sizeof(int) + log.Length + kernel.Image.Length];
        BinaryPrimitives.WriteInt32LittleEndian(payload, log.Length);
        log.CopyTo(payload, sizeof(int));
        kernel.Image.CopyTo(payload, sizeof(int) + log.Length);
        string path = PathOf(key);
        string unfinished = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using (FileStream file = new(unfinished, FileMode.CreateNew, FileAccess.Write))
            {
                file.Write(Magic);
                file.Write(SHA256.HashData(payload));
                file.Write(payload);
            }

            File.Move(unfinished, path, overwrite: true);
            WriteProblem = null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            WriteProblem = failure.Message;
            DeleteQuietly(unfinished);
        }
    }

    private static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // What can't be written to can't be cleaned either; the reason is in WriteProblem already.
        }
    }

    /// <summary>Appends a text with its length before it, so that no two lists of texts give the same bytes.</summary>
    private static void Append(IncrementalHash hash, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }

    private string PathOf(string key) => Path.Combine(Folder, key[..2], key + ".cubin");
}
