# What is installed, and where: the one list that every package format takes its files from.
# Included by the top CMakeLists.txt. With prefix /usr the configuration goes to /etc (GNUInstallDirs).
include(GNUInstallDirs)

# Below the prefix; systemd reads /usr/lib/systemd/system everywhere.
set(SSHGUARDD_UNIT_DIR "lib/systemd/system" CACHE STRING "Directory of the systemd unit")

install(TARGETS sshguardd RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
# In bin: `sshguardctl status` is for people without root, too.
file(RELATIVE_PATH program ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_SBINDIR}/sshguardd)
file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/installed)
file(CREATE_LINK ${program} ${CMAKE_CURRENT_BINARY_DIR}/installed/sshguardctl SYMBOLIC)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/installed/sshguardctl DESTINATION ${CMAKE_INSTALL_BINDIR})

set(packaging ${CMAKE_CURRENT_LIST_DIR})
install(FILES ${packaging}/sshguardd.service DESTINATION ${SSHGUARDD_UNIT_DIR})
install(FILES ${packaging}/sshguardd.conf DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/sshguardd)
install(FILES ${packaging}/man/sshguardd.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES ${packaging}/man/sshguardctl.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${packaging}/man/sshguardd.conf.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES ${packaging}/completions/sshguardctl
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)

# agetty reads /run/issue.d only where there is no /etc/issue, and most systems have one. While the agent
# does not run the link leads nowhere, and agetty passes over it.
file(CREATE_LINK /run/issue.d/sshguardd.issue ${CMAKE_CURRENT_BINARY_DIR}/sshguardd.issue SYMBOLIC)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/sshguardd.issue
        DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/issue.d)

# What is remembered from boot to boot; empty in the package. Not StateDirectory=, see the unit.
install(DIRECTORY DESTINATION ${CMAKE_INSTALL_FULL_LOCALSTATEDIR}/lib/sshguardd
        DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
