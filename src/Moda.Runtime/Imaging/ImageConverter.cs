using System.Buffers.Binary;
using Moda.Runtime.Processes;
using SkiaSharp;

namespace Moda.Runtime.Imaging;

/// <summary>Decodes HEIC, AVIF and TIFF. ffmpeg converts them to PNG of a limited size.</summary>
internal static class ImageConverter
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Decodes an image file.</summary>
    /// <param name="file">Its bytes.</param>
    /// <param name="format">The format: TIFF, HEIC or AVIF.</param>
    /// <param name="name">The name of the file in messages.</param>
    /// <exception cref="ImageFileException">ffmpeg was not found, or cannot read the file.</exception>
    public static LoadedImage Decode(ReadOnlySpan<byte> file, ImageFormat format, string name)
    {
        string kind = format switch
        {
            ImageFormat.Tiff => "a TIFF image",
            ImageFormat.Heic => "a HEIC image",
            _ => "an AVIF image",
        };
        LoadedImage image;
        try
        {
            image = ImageDecoder.Decode(Convert(Ffmpeg.Locate(), file, format, name), ImageFormat.Png, name);
        }
        catch (FfmpegNotFoundException error)
        {
            throw new ImageFileException(name, $"it is {kind}, which is read through ffmpeg: install ffmpeg, or save the image as JPEG or PNG.", error);
        }
        catch (Exception error) when (error is FfmpegException or OperationCanceledException)
        {
            throw new ImageFileException(name, $"it is {kind}, which this ffmpeg could not decode; save it as JPEG or PNG. {error.Message}", error);
        }

        // Some versions of ffmpeg cannot join the tiles of a picture and return only one of them.
        if (format != ImageFormat.Tiff && LargestExtent(file) is { } whole && image.Shrink == 1
            && (image.Width, image.Height) != whole && (image.Height, image.Width) != whole)
        {
            throw new ImageFileException(
                name, $"it is {kind} of {whole.Width} x {whole.Height} pixels, of which this ffmpeg reads a part only; save it as JPEG or PNG.");
        }

        // ffmpeg applies the orientation of HEIC and AVIF, but not of TIFF.
        if (format == ImageFormat.Tiff && ExifOrientation.OfTiff(file) is { } origin and not SKEncodedOrigin.TopLeft)
        {
            RgbImage upright = ImageOrientation.Upright(image.Image, origin);
            bool isTransposed = ImageOrientation.IsTransposed(origin);
            return image with
            {
                Image = upright,
                Width = isTransposed ? image.Height : image.Width,
                Height = isTransposed ? image.Width : image.Height,
            };
        }

        return image;
    }

    private static ReadOnlySpan<byte> Convert(Ffmpeg ffmpeg, ReadOnlySpan<byte> file, ImageFormat format, string name)
    {
        // Reading these formats needs seeking, which a pipe does not allow.
        string copy = Path.Combine(Path.GetTempPath(), $"moda-{Guid.NewGuid():N}.image");
        try
        {
            Write(copy, file);
            using var png = new MemoryStream();
            using var limit = new CancellationTokenSource(Patience);
            string[] arguments =
            [
                "-protocol_whitelist", "file", "-max_pixels", $"{ImageFile.LargestPixelCount}",
                "-f", format == ImageFormat.Tiff ? "tiff_pipe" : "mov", "-i", Ffmpeg.FileArgument(copy),
                "-map", "0:v:0", "-frames:v", "1", "-c:v", "png", "-f", "image2pipe", "pipe:1",
            ];
            Task.Run(() => ffmpeg.RunAsync($"decoding image '{name}'", arguments, output: png, cancellationToken: limit.Token)).GetAwaiter().GetResult();
            return png.Length > 0
                ? png.GetBuffer().AsSpan(0, (int)png.Length)
                : throw new FfmpegException("ffmpeg found no picture in it.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImageFileException(name, $"ffmpeg reads a copy of it, which could not be written: {error.Message}", error);
        }
        finally
        {
            File.Delete(copy);
        }
    }

    private static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var stream = new FileStream(path, options);
        stream.Write(bytes);
    }

    /// <summary>
    /// Finds the size of the whole picture: the largest size in the file's <c>ispe</c> boxes, which exist for the picture, its tiles and
    /// its thumbnails.
    /// </summary>
    private static (int Width, int Height)? LargestExtent(ReadOnlySpan<byte> file)
    {
        // The box has its length (20 bytes), its name, 4 bytes of version and flags, the width and the height.
        ReadOnlySpan<byte> header = [0, 0, 0, 20, (byte)'i', (byte)'s', (byte)'p', (byte)'e', 0, 0, 0, 0];
        (int Width, int Height)? largest = null;
        for (int found; (found = file.IndexOf(header)) >= 0 && file.Length >= found + 20; file = file[(found + 20)..])
        {
            uint width = BinaryPrimitives.ReadUInt32BigEndian(file[(found + 12)..]);
            uint height = BinaryPrimitives.ReadUInt32BigEndian(file[(found + 16)..]);
            if (width <= int.MaxValue && height <= int.MaxValue && (long)width * height > (long)(largest?.Width ?? 0) * (largest?.Height ?? 0))
            {
                largest = ((int)width, (int)height);
            }
        }

        return largest;
    }
}
