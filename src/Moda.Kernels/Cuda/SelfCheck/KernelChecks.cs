using System.Globalization;
using System.Runtime.InteropServices;
using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Driver;

namespace Moda.Kernels.Cuda.SelfCheck;

/// <summary>Checks of memory, streams, events, launches, graphs and tensor maps.</summary>
internal static class KernelChecks
{
    private const int Count = 1 << 20;
    private static readonly Version Hopper = new(9, 0);

    /// <summary>Runs all that the device can do.</summary>
    public static void RunAll(SelfCheckReport report, SelfCheckDevice device)
    {
        report.Run("vector add", () => VectorAdd(device));
        report.Run("arguments of every kind", () => Arguments(device));
        report.Run("constant memory", () => ConstantMemory(device));
        report.Run("fills and copies on the device", () => FillsAndCopies(device));
        report.Run("dynamic shared memory beyond 48 KB", () => SharedMemory(device));
        report.Run("two streams wait by an event", () => TwoStreams(device));
        report.Run("graph capture and replay", () => Graph(device));
        report.Run("upload from pinned memory", () => Upload(device));
        report.Run("memory is given back", () => MemoryIsReturned(device));
        if (device.Context.Device.ComputeCapability >= Hopper)
        {
            report.Run("clusters", () => Clusters(device));
            report.Run("programmatic overlap", () => Overlap(device));
            report.Run("tensor map, tiled", () => TiledTensorMap(device));
            report.Run("tensor map, im2col", () => Im2ColTensorMap(device));
        }
    }

    /// <summary>Adds two vectors of a million; also what tells whether a device works at all.</summary>
    public static string VectorAdd(SelfCheckDevice device)
    {
        float[] left = [.. Enumerable.Range(0, Count).Select(index => index * 0.5f)];
        float[] right = [.. Enumerable.Range(0, Count).Select(index => 3f - index)];
        using CudaMemory leftMemory = device.Upload<float>(left);
        using CudaMemory rightMemory = device.Upload<float>(right);
        using CudaMemory sum = CudaMemory.Allocate(device.Context, Count * sizeof(float));
        using CudaEvent start = CudaEvent.Create(device.Context, timing: true);
        using CudaEvent end = CudaEvent.Create(device.Context, timing: true);
        using (ContextScope scope = device.Context.Enter())
        {
            start.Record(device.Stream);
        }

        KernelArguments arguments = default;
        var shape = new Shape(Count);
        arguments.AddPointer(leftMemory.Address, shape).AddPointer(rightMemory.Address, shape).AddPointer(sum.Address, shape).Add(Count);
        device.Launch("vector_add", LaunchConfiguration.ForElements(Count), in arguments);
        using (ContextScope scope = device.Context.Enter())
        {
            end.Record(device.Stream);
        }

        float[] result = device.Download<float>(sum, Count);
        for (int index = 0; index < Count; index++)
        {
            SelfCheckReport.Require(result[index] == left[index] + right[index], $"element {index} is {result[index]}");
        }

        SelfCheckReport.Require(end.IsReached, "the event is not reached");
        CudaFunction function = device.Function("vector_add");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{end.MillisecondsSince(start) * 1000:0} us, {function.GetAttribute(FunctionAttribute.Registers)} registers, "
            + $"binary version {function.GetAttribute(FunctionAttribute.BinaryVersion)}, "
            + $"{function.BlocksPerMultiprocessor(256, 0)} blocks a multiprocessor");
    }

    private static string Arguments(SelfCheckDevice device)
    {
        using CudaMemory output = CudaMemory.Allocate(device.Context, 9 * sizeof(double));
        KernelArguments arguments = default;
        arguments.AddPointer(output.Address).Add((sbyte)-7).Add(-123_456).Add((short)-300).Add(-(1L << 40)).Add(0.25f)
            .Add(new KernelMixed { Wide = 1e300, Narrow = 77, Letter = 11 }).Add((byte)200);
        device.Launch("unpack", new LaunchConfiguration(new(1), new(1)), in arguments);
        double[] expected = [-7, -123_456, -300, -(double)(1L << 40), 0.25, 1e300, 77, 11, 200];
        double[] actual = device.Download<double>(output, expected.Length);
        SelfCheckReport.Require(actual.SequenceEqual(expected), string.Join(", ", actual));
        return string.Empty;
    }

    private static string ConstantMemory(SelfCheckDevice device)
    {
        float[] factors = [2, 3, 5, 7];
        float[] ones = new float[8];
        Array.Fill(ones, 1);
        using CudaMemory values = device.Upload<float>(ones);
        using (ContextScope scope = device.Context.Enter())
        {
            device.Stream.CopyToDevice(MemoryMarshal.AsBytes<float>(factors), device.Variable("factors"));
        }

        KernelArguments arguments = default;
        arguments.AddPointer(values.Address).Add(ones.Length);
        device.Launch("scale_by_constant_memory", LaunchConfiguration.ForElements(ones.Length), in arguments);
        float[] actual = device.Download<float>(values, ones.Length);
        SelfCheckReport.Require(actual.SequenceEqual([2, 3, 5, 7, 2, 3, 5, 7]), string.Join(", ", actual));
        return string.Empty;
    }

    private static string FillsAndCopies(SelfCheckDevice device)
    {
        using CudaMemory first = CudaMemory.Allocate(device.Context, 1024);
        using CudaMemory second = CudaMemory.Allocate(device.Context, 1024);
        using (ContextScope scope = device.Context.Enter())
        {
            device.Stream.Fill(first.Address, 0xAB, 512);
            device.Stream.FillWords(first.Address + 512, 0x12345678, 128);
            device.Stream.CopyOnDevice(first.Address, second.Address, 1024);
        }

        uint[] words = device.Download<uint>(second, 256);
        SelfCheckReport.Require(
            words.AsSpan(0, 128).Count(0xABABABAB) == 128 && words.AsSpan(128).Count(0x12345678u) == 128, "wrong bytes");
        return string.Empty;
    }

    private static string SharedMemory(SelfCheckDevice device)
    {
        int bytes = device.Context.Device.MaximumSharedMemory;
        int count = bytes / sizeof(int);
        int[] numbers = [.. Enumerable.Range(0, count)];
        using CudaMemory input = device.Upload<int>(numbers);
        using CudaMemory output = CudaMemory.Allocate(device.Context, bytes);
        device.Function("reverse").AllowDynamicSharedMemory(bytes);
        KernelArguments arguments = default;
        arguments.AddPointer(input.Address).AddPointer(output.Address).Add(count);
        device.Launch("reverse", new LaunchConfiguration(new(1), new(256), bytes), in arguments);
        SelfCheckReport.Require(device.Download<int>(output, count).SequenceEqual(numbers.Reverse()), "wrong order");
        return $"{bytes:N0} bytes";
    }

    private static string TwoStreams(SelfCheckDevice device)
    {
        using CudaMemory values = device.Upload<float>(new float[Count]);
        using CudaStream other = CudaStream.Create(device.Context);
        using CudaEvent mark = CudaEvent.Create(device.Context, timing: false);
        KernelArguments arguments = default;
        arguments.AddPointer(values.Address).Add(Count).Add(1f);
        CudaFunction function = device.Function("add_constant");
        using (ContextScope scope = device.Context.Enter())
        {
            CudaLauncher second = new(other, ranges: null);
            for (int round = 0; round < 20; round++)
            {
                device.Launcher.Launch(function, LaunchConfiguration.ForElements(Count), in arguments);
                mark.Record(device.Stream);
                other.Wait(mark);
                second.Launch(function, LaunchConfiguration.ForElements(Count), in arguments);
                mark.Record(other);
                device.Stream.Wait(mark);
            }

            mark.Synchronize();
        }

        SelfCheckReport.Require(device.Download<float>(values, Count).All(value => value == 40), "the streams overtook each other");
        return string.Empty;
    }

    private static string Graph(SelfCheckDevice device)
    {
        const int Kernels = 50;
        using CudaMemory values = device.Upload<float>(new float[Count]);
        KernelArguments arguments = default;
        arguments.AddPointer(values.Address).Add(Count).Add(1f);
        CudaFunction function = device.Function("add_constant");
        using ContextScope scope = device.Context.Enter();
        device.Stream.BeginCapture();
        SelfCheckReport.Require(device.Stream.IsCapturing, "the stream does not say that it captures");
        for (int index = 0; index < Kernels; index++)
        {
            device.Launcher.Launch(function, LaunchConfiguration.ForElements(Count), in arguments);
        }

        using CudaGraph graph = device.Stream.EndCapture();
        SelfCheckReport.Require(graph.NodeCount == Kernels, $"the graph has {graph.NodeCount} nodes");
        using CudaGraphExec executable = graph.Instantiate();
        graph.Dispose();
        SelfCheckReport.Require(device.Download<float>(values, 1)[0] == 0, "recording changed the values");
        for (int replay = 0; replay < 3; replay++)
        {
            executable.Launch(device.Stream);
        }

        float[] result = device.Download<float>(values, Count);
        SelfCheckReport.Require(result.All(value => value == 3 * Kernels), $"the first value is {result[0]}");
        return $"{Kernels} kernels, replayed 3 times";
    }

    private static string Upload(SelfCheckDevice device)
    {
        const int Bytes = 256 << 20;
        using PinnedMemory pinned = PinnedMemory.Allocate(device.Context, Bytes);
        pinned.Bytes.Fill(0x5A);
        using CudaMemory memory = CudaMemory.Allocate(device.Context, Bytes);
        using CudaEvent start = CudaEvent.Create(device.Context, timing: true);
        using CudaEvent end = CudaEvent.Create(device.Context, timing: true);
        using ContextScope scope = device.Context.Enter();
        device.Stream.CopyToDevice(pinned.Bytes, memory.Address);
        start.Record(device.Stream);
        device.Stream.CopyToDevice(pinned.Bytes, memory.Address);
        end.Record(device.Stream);
        end.Synchronize();
        byte[] last = device.Download<byte>(memory, 16);
        SelfCheckReport.Require(last.All(value => value == 0x5A), "wrong bytes");
        return string.Create(CultureInfo.InvariantCulture, $"{Bytes / end.MillisecondsSince(start) / 1e6:0.0} GB/s");
    }

    /// <summary>Other programs on the GPU take and give back memory meanwhile, so what disturbs one attempt does not count.</summary>
    private static string MemoryIsReturned(SelfCheckDevice device)
    {
        const long Bytes = 512L << 20;
        const int Attempts = 10;
        long taken = 0, missing = 0;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            (long before, long total) = device.Context.GetMemory();
            using (CudaMemory memory = CudaMemory.Allocate(device.Context, Bytes))
            {
                taken = before - device.Context.GetMemory().Free;
            }

            missing = before - device.Context.GetMemory().Free;
            if (taken >= Bytes && missing < Bytes / 8)
            {
                return $"{before >> 20:N0} of {total >> 20:N0} MiB free";
            }
        }

        throw new InvalidOperationException($"{taken:N0} bytes fewer were free, and {missing:N0} were not free again, {Attempts} times");
    }

    private static string Clusters(SelfCheckDevice device)
    {
        using CudaMemory output = device.Upload<int>(new int[8]);
        KernelArguments arguments = default;
        arguments.AddPointer(output.Address);
        device.Launch("cluster_ranks", new LaunchConfiguration(new(8), new(32)) { Cluster = new(4) }, in arguments);
        int[] ranks = device.Download<int>(output, 8);
        SelfCheckReport.Require(ranks.SequenceEqual([400, 401, 402, 403, 400, 401, 402, 403]), string.Join(", ", ranks));
        return string.Empty;
    }

    private static string Overlap(SelfCheckDevice device)
    {
        using CudaMemory values = device.Upload<float>(new float[Count]);
        KernelArguments arguments = default;
        arguments.AddPointer(values.Address).Add(Count).Add(2f);
        device.Launch("add_constant", LaunchConfiguration.ForElements(Count) with { OverlapsPrevious = true }, in arguments);
        SelfCheckReport.Require(device.Download<float>(values, Count).All(value => value == 2), "wrong values");
        return string.Empty;
    }

    /// <summary>A box that hangs over the right and the lower edge: what is outside reads as zero.</summary>
    private static string TiledTensorMap(SelfCheckDevice device)
    {
        const int Width = 40, Height = 10, BoxWidth = 32, BoxHeight = 8, X = 16, Y = 4;
        float[] numbers = [.. Enumerable.Range(1, Width * Height).Select(number => (float)number)];
        using CudaMemory tensor = device.Upload<float>(numbers);
        using CudaMemory output = CudaMemory.Allocate(device.Context, BoxWidth * BoxHeight * sizeof(float));
        TensorMap map = TensorMapEncoder.EncodeTiled(
            device.Context,
            new TensorMapLayout
            {
                DataType = TensorMapDataType.Float32,
                Address = tensor.Address,
                Extents = [Width, Height],
                Strides = [Width * sizeof(float)],
            },
            [BoxWidth, BoxHeight]);
        KernelArguments arguments = default;
        arguments.Add(map).AddPointer(output.Address).Add(X).Add(Y);
        device.Launch("load_box", new LaunchConfiguration(new(1), new(128)), in arguments);
        float[] box = device.Download<float>(output, BoxWidth * BoxHeight);
        for (int index = 0; index < box.Length; index++)
        {
            (int x, int y) = (X + (index % BoxWidth), Y + (index / BoxWidth));
            float expected = x < Width && y < Height ? numbers[(y * Width) + x] : 0;
            SelfCheckReport.Require(box[index] == expected, $"({x}, {y}) is {box[index]}, not {expected}");
        }

        return string.Empty;
    }

    /// <summary>Every tap of a 3 x 3 convolution with padding 1 over an image of 5 x 4 pixels and 16 channels.</summary>
    private static string Im2ColTensorMap(SelfCheckDevice device)
    {
        const int Channels = 16, Width = 5, Height = 4, Pixels = Width * Height;
        float[] image = [.. Enumerable.Range(1, Pixels * Channels).Select(number => (float)number)];
        using CudaMemory tensor = device.Upload<float>(image);
        using CudaMemory output = CudaMemory.Allocate(device.Context, image.Length * sizeof(float));
        TensorMap map = TensorMapEncoder.EncodeIm2Col(
            device.Context,
            new TensorMapLayout
            {
                DataType = TensorMapDataType.Float32,
                Address = tensor.Address,
                Extents = [Channels, Width, Height, 1],
                Strides = [Channels * sizeof(float), Width * Channels * sizeof(float), Pixels * Channels * sizeof(float)],
            },
            lowerCorner: [-1, -1],
            upperCorner: [-1, -1],
            Channels,
            Pixels);
        for (int tap = 0; tap < 9; tap++)
        {
            (int tapX, int tapY) = (tap % 3, tap / 3);
            KernelArguments arguments = default;
            arguments.Add(map).AddPointer(output.Address).Add((ushort)tapX).Add((ushort)tapY);
            device.Launch("load_tap", new LaunchConfiguration(new(1), new(128)), in arguments);
            float[] seen = device.Download<float>(output, image.Length);
            for (int index = 0; index < seen.Length; index++)
            {
                (int pixel, int channel) = (index / Channels, index % Channels);
                (int x, int y) = ((pixel % Width) + tapX - 1, (pixel / Width) + tapY - 1);
                bool inside = x is >= 0 and < Width && y is >= 0 and < Height;
                float expected = inside ? image[(((y * Width) + x) * Channels) + channel] : 0;
                SelfCheckReport.Require(
                    seen[index] == expected, $"tap ({tapX}, {tapY}), pixel {pixel}, channel {channel} is {seen[index]}, not {expected}");
            }
        }

        return string.Empty;
    }
}
