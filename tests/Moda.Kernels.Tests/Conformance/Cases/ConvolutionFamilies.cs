using Moda.Testing.Cases;

namespace Moda.Kernels.Tests.Conformance.Cases;

/// <summary>Small convolutions that together reach every way in which a device carries one out, and all borders.</summary>
internal static class ConvolutionFamilies
{
    /// <summary>The families of cases, by name.</summary>
    public static IReadOnlyDictionary<string, IEnumerable<ConvolutionCase>> All { get; } = new Dictionary<string, IEnumerable<ConvolutionCase>>
    {
        ["channels"] = from inputs in ChannelCounts
                       from outputs in ChannelCounts
                       select new ConvolutionCase(inputs, outputs, 1, new(1, 3, 5)) { Kernel = new(1, 3, 3), Padding = new(0, 1, 1) },
        ["rows"] = from rows in Enumerable.Range(1, 40)
                   from inputs in (int[])[5, 33]
                   from kernel in (int[])[1, 3]
                   select new ConvolutionCase(inputs, 35, 1, new(1, 1, rows)) { Kernel = new(1, 1, kernel), Padding = new(0, 0, kernel / 2) },
        ["upsampled and strided"] = from upsample in (int[])[1, 2, 3, 4]
                                    from kernel in (int[])[1, 2, 3, 4, 5, 7]
                                    from stride in (int[])[1, 2, 3]
                                    select new ConvolutionCase(4, 18, 2, new(1, 5, 6))
                                    {
                                        Kernel = new(1, kernel, kernel),
                                        Stride = new(1, stride, stride),
                                        Padding = new(0, kernel / 2, (kernel - 1) / 2),
                                        Upsample = upsample,
                                    },
        ["volumes"] = from upsample in (int[])[1, 2, 4]
                      from kernel in (int[])[1, 3, 7]
                      from outputs in (int[])[1, 3, 22]
                      select new ConvolutionCase(7, outputs, 2, new(4, 3, 5))
                      {
                          Kernel = new(kernel, kernel, kernel),
                          Padding = new(kernel / 2, kernel / 2, kernel / 2),
                          Upsample = upsample,
                          InputGap = 3,
                          OutputGap = 5,
                      },
        ["strided volumes"] = from stride in (int[])[1, 2, 3]
                              select new ConvolutionCase(9, 12, 2, new(7, 8, 9)) { Kernel = new(3, 3, 3), Padding = new(1, 0, 1), Stride = new(stride, 2, stride) },
        ["grouped"] = from groups in (int[])[2, 3, 8]
                      from width in (int[])[1, 3, 16, 48]
                      from kernel in (int[])[1, 4, 9]
                      select new ConvolutionCase(width * groups, 2 * width * groups, 2, new(1, 1, 29))
                      {
                          Kernel = new(1, 1, kernel),
                          Padding = new(0, 0, kernel / 2),
                          Groups = groups,
                          InputGap = groups % 2,
                      },
        ["depthwise"] = from channels in ChannelCounts
                        from kernel in (int[])[1, 3, 7]
                        from stride in (int[])[1, 2]
                        select new ConvolutionCase(channels, channels, 2, new(1, 6, 11))
                        {
                            Kernel = new(1, kernel, kernel),
                            Stride = new(1, stride, stride),
                            Padding = new(0, kernel / 2, kernel / 2),
                            Groups = channels,
                            InputGap = 2 * (stride - 1),
                            OutputGap = kernel / 2,
                        },
        ["depthwise lines"] = from channels in (int[])[2, 6, 96]
                              from width in (int[])[1, 3, 4, 5, 8, 13]
                              from gap in (int[])[0, 1, 2]
                              select new ConvolutionCase(channels, channels, 2, new(1, 5, width))
                              {
                                  Kernel = new(1, 7, 7),
                                  Padding = new(0, 3, 3),
                                  Groups = channels,
                                  InputGap = 2 * gap,
                                  OutputGap = gap,
                              },
        ["few inputs"] = from inputs in (int[])[1, 2, 3, 4]
                         from kernel in (int[])[3, 4, 7, 10]
                         from stride in (int[])[1, 2, 4, 5]
                         select new ConvolutionCase(inputs, 64, 2, new(1, 12, 37))
                         {
                             Kernel = new(1, kernel, kernel),
                             Stride = new(1, stride, stride),
                             Padding = new(0, kernel / 2, kernel / 2),
                             InputGap = inputs / 4,
                         },
        ["few outputs"] = from outputs in (int[])[1, 2, 3, 8, 12, 22]
                          from kernel in (int[])[1, 3, 7]
                          from width in (int[])[5, 14, 64, 70]
                          select new ConvolutionCase(5, outputs, 1, new(3, 4, width)) { Kernel = new(3, kernel, kernel), Padding = new(1, kernel / 2, kernel / 2), InputGap = kernel / 7 },
        ["long lines"] = from inputs in (int[])[1, 6]
                         from outputs in (int[])[1, 5, 40]
                         from kernel in (int[])[3, 10]
                         select new ConvolutionCase(inputs, outputs, 2, new(1, 1, 1100)) { Kernel = new(1, 1, kernel), Padding = new(0, 0, kernel / 2) },
        ["many channels"] = from inputs in (int[])[1024, 2048, 7000]
                            from kernel in (int[])[1, 3]
                            select new ConvolutionCase(inputs, 70, 1, new(1, 2, 17)) { Kernel = new(1, 1, kernel), Padding = new(0, 0, kernel / 2) },
        ["whole steps of channels"] = from channels in ((int Inputs, int Outputs)[])[(48, 50), (70, 130), (128, 200), (142, 142)]
                                      from kernel in (int[])[1, 2, 3]
                                      from upsample in (int[])[1, 2, 4]
                                      select new ConvolutionCase(channels.Inputs, channels.Outputs, 2, new(1, 3, 9))
                                      {
                                          Kernel = new(1, kernel, kernel),
                                          Padding = new(0, kernel / 2, kernel / 2),
                                          Upsample = upsample,
                                          InputGap = 3 * (upsample / 2),
                                          OutputGap = kernel - 1,
                                      },
        ["volumes of whole steps"] = from channels in ((int Inputs, int Outputs)[])[(48, 50), (70, 142)]
                                     from kernel in (int[])[1, 3, 5]
                                     from depth in (int[])[1, 2, 5]
                                     select new ConvolutionCase(channels.Inputs, channels.Outputs, 2, new(depth, 3, 5))
                                     {
                                         Kernel = new(kernel, kernel, kernel),
                                         Padding = new(kernel / 2, kernel / 2, kernel / 2),
                                         InputGap = depth % 3,
                                         OutputGap = kernel / 2,
                                     },
        ["boxes that serve several taps"] = from map in (Extent3[])[new(1, 9, 16), new(1, 3, 33), new(2, 1, 70)]
                                            from kernel in (Extent3[])[new(1, 3, 3), new(1, 1, 4), new(1, 7, 1), new(2, 5, 2)]
                                            from upsample in (int[])[1, 2]
                                            select new ConvolutionCase(56, upsample == 1 ? 142 : 50, 2, map)
                                            {
                                                Kernel = kernel,
                                                Padding = new(kernel.Depth / 2, kernel.Height / 2, kernel.Width / 2),
                                                Upsample = upsample,
                                                OutputGap = kernel.Height - 1,
                                            },
        ["more taps than a table"] = [new ConvolutionCase(2, 3, 1, new(9, 9, 9)) { Kernel = new(9, 9, 9), Padding = new(4, 4, 4) }],
    };

    private static int[] ChannelCounts => [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 18, 22, 31, 32, 33, 48, 64, 118, 142];
}
